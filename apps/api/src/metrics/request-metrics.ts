import type { FastifyRequest } from 'fastify';
import { ERROR_CODES, TRANSLATION_ROUTES } from '#libs/domain';
import { httpSeriesOf, type Metrics } from '#libs/observability';
import type { RequestTrace } from '../http/request-trace.js';

const ROUTES: ReadonlySet<string | undefined> = new Set(Object.values(TRANSLATION_ROUTES));

export function isTranslation(request: FastifyRequest): boolean {
  return request.method === 'POST' && ROUTES.has(request.routeOptions.url);
}

/** Counts requests from their head to the end of their answer. */
export class RequestMetrics {
  #openTranslations = 0;

  constructor(private readonly metrics: Metrics) {
    metrics.readFrom('translation_inflight_requests', {}, () => this.#openTranslations);
  }

  begin(request: FastifyRequest): void {
    if (isTranslation(request)) this.#openTranslations++;
  }

  end(request: FastifyRequest, status: number, trace: RequestTrace): void {
    const seconds = (performance.now() - trace.arrivedAtMs) / 1000;
    const series = httpSeriesOf(request.method, request.routeOptions.url, status);
    this.metrics.observe('http_server_request_duration_seconds', series, seconds);
    if (!isTranslation(request)) return;
    this.#openTranslations--;
    this.#countOutcome(trace);
    if (trace.records === undefined) return;
    this.metrics.observe('translation_request_records', {}, trace.records);
    const labels = { size_class: sizeClassOf(trace.records) };
    this.metrics.observe('translation_request_duration_seconds', labels, seconds);
    this.#observeTokens(trace);
    if (trace.errorCode === undefined) this.#observeStages(trace);
  }

  #countOutcome({ errorCode }: RequestTrace): void {
    const outcome = errorCode === undefined ? 'ok' : ERROR_CODES[errorCode].outcome;
    this.metrics.count('translation_requests_total', { outcome });
    if (errorCode !== undefined && outcome === 'rejected')
      this.metrics.count('translation_admission_rejections_total', { reason: errorCode });
  }

  #observeTokens({ translation }: RequestTrace): void {
    for (const { source, target } of translation?.records ?? []) {
      this.metrics.observe('translation_record_source_tokens', {}, source);
      if (target !== undefined)
        this.metrics.observe('translation_record_target_tokens', {}, target);
    }
  }

  #observeStages({ translation }: RequestTrace): void {
    if (translation === undefined) return;
    const { tokenizationMs, queueMs, inferenceMs } = translation.stageTimes;
    this.metrics.observe('translation_tokenize_duration_seconds', {}, tokenizationMs / 1000);
    this.metrics.observe('translation_queue_wait_seconds', {}, queueMs / 1000);
    this.metrics.observe('translation_inference_duration_seconds', {}, inferenceMs / 1000);
  }
}

function sizeClassOf(records: number): '1' | '2-10' | '11-100' | '101+' {
  if (records <= 1) return '1';
  if (records <= 10) return '2-10';
  return records <= 100 ? '11-100' : '101+';
}
