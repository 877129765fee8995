import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ERROR_CODES } from '#libs/domain';
import type { Logger, Metrics } from '#libs/observability';
import type { DrainState } from '../drain-state.js';
import { type RequestTrace, startTrace } from './request-trace.js';

const TRANSLATION_ROUTE = '/translation';

/** What every request gets, whichever route it finds: a trace, its id back, one log line at its end. */
export function addHttpHooks(
  fastify: FastifyInstance,
  drainState: DrainState,
  logger: Logger,
  metrics: Metrics,
): void {
  fastify.decorateRequest('trace', null);
  fastify.addHook('onRequest', (request, reply, done) => {
    startTrace(request, reply, (trace) => {
      logEnd(logger, request, reply.statusCode, trace);
      if (isTranslation(request)) countEnd(metrics, trace);
    });
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

function isTranslation(request: FastifyRequest): boolean {
  return request.method === 'POST' && request.routeOptions.url === TRANSLATION_ROUTE;
}

function countEnd(metrics: Metrics, trace: RequestTrace): void {
  const outcome = trace.errorCode === undefined ? 'ok' : ERROR_CODES[trace.errorCode].outcome;
  metrics.count('translation_requests_total', outcome);
  metrics.observe(
    'translation_request_duration_seconds',
    (performance.now() - trace.arrivedAtMs) / 1000,
  );
}

/** Probes and pages are of interest to whoever debugs; translations and failures to whoever runs the service. */
function logEnd(
  logger: Logger,
  request: FastifyRequest,
  status: number,
  { arrivedAtMs, errorCode, records, segments }: RequestTrace,
): void {
  const fields = {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url,
    status: errorCode === 'client-closed' ? ERROR_CODES[errorCode].status : status,
    code: errorCode,
    durationMs: Math.round(performance.now() - arrivedAtMs),
    records,
    segments,
  };
  if (errorCode !== undefined) logger[ERROR_CODES[errorCode].logLevel](fields, 'request failed');
  else if (isTranslation(request)) logger.info(fields, 'request done');
  else logger.debug(fields, 'request done');
}
