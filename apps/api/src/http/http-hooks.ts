import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ERROR_CODES } from '#libs/domain';
import type { Logger, Metrics, RequestSpan, Tracer } from '#libs/observability';
import type { DrainState } from '../drain-state.js';
import { isTranslation, RequestMetrics } from '../metrics/request-metrics.js';
import { type RequestTrace, startTrace, type TranslationFacts } from './request-trace.js';

/** What every request gets, whichever route it finds: a trace, its id back, one log line at its end. */
export function addHttpHooks(
  fastify: FastifyInstance,
  drainState: DrainState,
  logger: Logger,
  metrics: Metrics,
  tracer: Tracer | undefined,
): void {
  const requests = new RequestMetrics(metrics);
  fastify.decorateRequest('trace', null);
  fastify.addHook('onRequest', (request, reply, done) => {
    startTrace(request, reply, (trace) => {
      const status = statusOf(reply, trace);
      logEnd(logger, request, status, trace);
      requests.end(request, status, trace);
      endSpan(status, trace);
    });
    requests.begin(request);
    if (isTranslation(request) && request.trace) request.trace.span = startSpan(tracer, request);
    reply.header('x-request-id', request.id);
    done();
  });
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    // While draining every connection ends with its answer: server.close() would wait for idle ones of
    // clients that keep them alive.
    if (drainState.isDraining) reply.header('connection', 'close');
    else if (isClosedByParser(request, reply)) reply.header('connection', 'keep-alive');
    done();
  });
}

/**
 * Fastify closes the connection after every body that it cannot parse. A client that is still sending one
 * that is too large would lose the answer to a reset; Node reads and drops the rest instead, within the
 * time that a request may take to arrive.
 */
function isClosedByParser(request: FastifyRequest, reply: FastifyReply): boolean {
  return (
    reply.getHeader('connection') === 'close' &&
    request.raw.httpVersion === '1.1' &&
    request.headers.connection?.toLowerCase() !== 'close'
  );
}

/** The status of the answer; that of the error table where nobody was there to get one. */
function statusOf(reply: FastifyReply, { errorCode }: RequestTrace): number {
  return errorCode === 'client-closed' ? ERROR_CODES[errorCode].status : reply.statusCode;
}

/** Probes and pages are of interest to whoever debugs; translations and failures to whoever runs the service. */
function logEnd(
  logger: Logger,
  request: FastifyRequest,
  status: number,
  { arrivedAtMs, caller, errorCode, records, span, translation, texts }: RequestTrace,
): void {
  const fields = {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url,
    status,
    code: errorCode,
    outcome: errorCode === undefined ? 'ok' : ERROR_CODES[errorCode].outcome,
    caller: caller?.name,
    traceId: span?.traceId,
    durationMs: Math.round(performance.now() - arrivedAtMs),
    records,
    ...(translation === undefined ? {} : sizesAndTimes(translation)),
    texts,
  };
  if (errorCode !== undefined) logger[ERROR_CODES[errorCode].logLevel](fields, 'request failed');
  else if (isTranslation(request)) logger.info(fields, 'request done');
  else logger.debug(fields, 'request done');
}

function sizesOf({ segments, records }: TranslationFacts): Record<string, number> {
  return {
    segments,
    sourceTokens: records.reduce((sum, { source }) => sum + source, 0),
    targetTokens: records.reduce((sum, { target }) => sum + (target ?? 0), 0),
  };
}

function sizesAndTimes(translation: TranslationFacts): object {
  const { stageTimes } = translation;
  const round = (ms: number): number => Math.round(ms * 10) / 10;
  return {
    ...sizesOf(translation),
    tokenizationMs: round(stageTimes.tokenizationMs),
    queueMs: round(stageTimes.queueMs),
    inferenceMs: round(stageTimes.inferenceMs),
  };
}

function startSpan(tracer: Tracer | undefined, request: FastifyRequest): RequestSpan | undefined {
  return tracer?.startRequest({
    method: request.method,
    route: request.routeOptions.url ?? '',
    requestId: request.id,
    traceparent: request.headers['traceparent'],
    startMs: request.trace?.arrivedAtMs ?? performance.now(),
  });
}

function endSpan(
  status: number,
  { clock, errorCode, records, span, translation }: RequestTrace,
): void {
  if (span === undefined) return;
  const endMs = performance.now();
  span.end({
    endMs,
    status,
    errorCode,
    stages: clock?.stages(endMs) ?? [],
    batches: [...(translation?.batches ?? [])],
    attributes: {
      ...(records === undefined ? {} : { records }),
      ...(translation === undefined ? {} : sizesOf(translation)),
    },
  });
}
