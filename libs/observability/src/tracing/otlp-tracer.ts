import { setTimeout as delay } from 'node:timers/promises';
import {
  type Context,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer as OtelTracer,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../logger.js';
import type { RequestEnd, RequestHead, RequestSpan, Stage, TracedBatch, Tracer } from './tracer.js';

/** Spans that wait for the collector; what comes on top is dropped. */
const MAX_WAITING_SPANS = 4096;
const EXPORT_TIMEOUT_MS = 5000;
const CLOSE_TIMEOUT_MS = 2000;
/** A collector that is away is worth a line now and then, not one for each batch of spans. */
const COMPLAINT_INTERVAL_MS = 60_000;
const FIRST_SERVER_ERROR = 500;

/** Where spans of traces are made and sent: the one place that knows OpenTelemetry. */
export class OtlpTracer implements Tracer {
  readonly #provider: BasicTracerProvider;
  readonly #tracer: OtelTracer;
  readonly #batches = new WeakMap<object, SpanContext>();

  constructor(endpoint: string, logger: Logger) {
    complainTo(logger);
    const exporter = new OTLPTraceExporter({
      url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
      timeoutMillis: EXPORT_TIMEOUT_MS,
    });
    this.#provider = new BasicTracerProvider({
      // The operator's own OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last, and win.
      resource: defaultResource()
        .merge(resourceFromAttributes({ 'service.name': 'babelserve' }))
        .merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [
        new BatchSpanProcessor(exporter, {
          maxQueueSize: MAX_WAITING_SPANS,
          exportTimeoutMillis: EXPORT_TIMEOUT_MS,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer('babelserve');
  }

  startRequest({ method, route, requestId, traceparent, startMs }: RequestHead): RequestSpan {
    const span = this.#tracer.startSpan(
      `${method} ${route}`,
      {
        kind: SpanKind.SERVER,
        startTime: epochMs(startMs),
        attributes: {
          'http.request.method': method,
          'http.route': route,
          'babelserve.request.id': requestId,
        },
      },
      callersContext(traceparent),
    );
    return {
      traceId: span.spanContext().traceId,
      end: (end) => {
        this.#endRequest(span, end);
      },
    };
  }

  startBatch(batch: TracedBatch): void {
    const span = this.#tracer.startSpan(
      'batch',
      {
        startTime: epochMs(batch.dispatchedAtMs),
        attributes: {
          'babelserve.batch.segments': batch.segments,
          'babelserve.batch.source_tokens': batch.sourceTokens,
        },
      },
      ROOT_CONTEXT,
    );
    this.#batches.set(batch, span.spanContext());
    void batch.done.then(() => {
      span.end(epochMs(performance.now()));
    });
  }

  async close(): Promise<void> {
    const closed = this.#provider.shutdown().catch((error: unknown) => {
      diag.error(String(error));
    });
    await Promise.race([closed, delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }

  #endRequest(span: Span, end: RequestEnd): void {
    const parent = trace.setSpan(ROOT_CONTEXT, span);
    for (const stage of end.stages)
      this.#addStage(stage, parent, end, stage === end.stages.at(-1) ? end.errorCode : undefined);
    span.setAttribute('http.response.status_code', end.status);
    for (const [name, value] of Object.entries(end.attributes))
      span.setAttribute(`babelserve.${name}`, value);
    if (end.errorCode !== undefined) {
      span.setAttribute('error.type', end.errorCode);
      // Semantic conventions for HTTP servers: what is the caller's fault is no error of the span.
      if (end.status >= FIRST_SERVER_ERROR)
        span.setStatus({ code: SpanStatusCode.ERROR, message: end.errorCode });
    }
    span.end(epochMs(end.endMs));
  }

  /** The stage in which a request failed is the last that it came to. */
  #addStage(stage: Stage, parent: Context, end: RequestEnd, errorCode: string | undefined): void {
    const travelled = stage.name === 'inference' || stage.name === 'unfinished';
    const links = travelled ? end.batches.flatMap((batch) => this.#linkTo(batch)) : [];
    const span = this.#tracer.startSpan(
      stage.name,
      { startTime: epochMs(stage.startMs), links },
      parent,
    );
    if (errorCode !== undefined) {
      span.setAttribute('error.type', errorCode);
      span.setStatus({ code: SpanStatusCode.ERROR, message: errorCode });
    }
    span.end(epochMs(stage.endMs));
  }

  #linkTo(batch: object): { context: SpanContext }[] {
    const context = this.#batches.get(batch);
    return context === undefined ? [] : [{ context }];
  }
}

function callersContext(traceparent: unknown): Context {
  const caller = typeof traceparent === 'string' ? parseTraceParent(traceparent) : null;
  return caller === null
    ? ROOT_CONTEXT
    : trace.setSpanContext(ROOT_CONTEXT, { ...caller, isRemote: true });
}

/** OpenTelemetry's clock is Unix time; ours never jumps. */
function epochMs(monotonicMs: number): number {
  return performance.timeOrigin + monotonicMs;
}

/** Has OpenTelemetry's own troubles logged, the first of them and then one a minute. */
function complainTo(logger: Logger): void {
  let nextAtMs = 0;
  const complain = (message: string): void => {
    if (performance.now() < nextAtMs) return;
    nextAtMs = performance.now() + COMPLAINT_INTERVAL_MS;
    logger.warn({ reason: message }, 'traces do not reach their collector');
  };
  const ignore = (): void => undefined;
  diag.setLogger(
    { error: complain, warn: ignore, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  );
}
