import { ERROR_CODES, type ErrorCodeRow } from '#libs/domain';
import { HTTP_SERIES } from './http-series.js';
import type { MetricRow } from './metric-row.js';

const OUTCOMES: readonly ('ok' | ErrorCodeRow['outcome'])[] = [
  ...new Set(['ok' as const, ...Object.values(ERROR_CODES).map(({ outcome }) => outcome)]),
];

/** Codes of requests that are refused for want of capacity. */
const REJECTIONS: readonly string[] = Object.entries(ERROR_CODES)
  .filter(([, { outcome }]) => outcome === 'rejected')
  .map(([code]) => code);

/** Each about 1.5 times the one before, over 5 ms to 60 s, with edges at the round figures of objectives. */
const LATENCY_BUCKETS_SECONDS = [
  0.005, 0.0075, 0.01, 0.015, 0.025, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.35, 0.5, 0.75, 1, 1.5,
  2.5, 3.5, 5, 7.5, 10, 15, 20, 30, 45, 60,
];
/** Coarser, because there is a series for each route and status. */
const HTTP_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const STEP_BUCKETS_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const LOOP_BUCKETS_SECONDS = [
  0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const RATIO_BUCKETS = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** Every metric of the service, by its name in Prometheus; base units, as its naming rules ask. */
export const METRICS = {
  http_server_request_duration_seconds: {
    kind: 'histogram',
    help: 'Time from the head of a request over HTTP to the end of its answer.',
    labels: { method: [] as string[], route: [] as string[], status: [] as string[] },
    series: HTTP_SERIES,
    buckets: HTTP_BUCKETS_SECONDS,
  },
  translation_requests_total: {
    kind: 'counter',
    help: 'Requests for translations, in any dialect, by how they ended.',
    labels: { outcome: OUTCOMES },
  },
  translation_request_duration_seconds: {
    kind: 'histogram',
    help: 'Time from the head of a request for translations to the end of its answer, by its number of records; every outcome of requests that could be read.',
    labels: { size_class: ['1', '2-10', '11-100', '101+'] },
    buckets: LATENCY_BUCKETS_SECONDS,
  },
  translation_request_records: {
    kind: 'histogram',
    help: 'Records in a request that could be read.',
    buckets: powersOfTwo(1024),
  },
  translation_record_source_tokens: {
    kind: 'histogram',
    help: 'Source tokens of a record, over its segments.',
    buckets: powersOfTwo(4096),
  },
  translation_record_target_tokens: {
    kind: 'histogram',
    help: 'Target tokens of a translated record, over its segments.',
    buckets: powersOfTwo(4096),
  },
  translation_tokenize_duration_seconds: {
    kind: 'histogram',
    help: 'Time that an answered request spent between text and tokens.',
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, ...LATENCY_BUCKETS_SECONDS],
  },
  translation_queue_wait_seconds: {
    kind: 'histogram',
    help: 'Time that an answered request waited to be read, and its slowest segment for an engine.',
    buckets: LATENCY_BUCKETS_SECONDS,
  },
  translation_inference_duration_seconds: {
    kind: 'histogram',
    help: 'Time that the slowest segment of an answered request spent in an engine.',
    buckets: LATENCY_BUCKETS_SECONDS,
  },
  translation_inflight_requests: {
    kind: 'gauge',
    help: 'Requests for translations whose answer is not complete.',
  },
  translation_queue_requests: {
    kind: 'gauge',
    help: 'Requests of which a segment waits for an engine.',
  },
  translation_queue_segments: {
    kind: 'gauge',
    help: 'Segments (sentences) that wait for an engine.',
  },
  translation_queue_tokens: {
    kind: 'gauge',
    help: 'Source tokens of the segments that wait for an engine.',
  },
  translation_queue_oldest_age_seconds: {
    kind: 'gauge',
    help: 'How long the segment that has waited longest for an engine has waited.',
  },
  translation_backlog_seconds: {
    kind: 'gauge',
    help: 'How long the engines will take for what waits, at the speed measured so far.',
  },
  translation_deadline_seconds: {
    kind: 'gauge',
    help: 'How long a request may take that asks for no less; REQUEST_TIMEOUT_MS.',
  },
  translation_admission_rejections_total: {
    kind: 'counter',
    help: 'Requests that were refused, by the code of their error. `no-capacity` are also those whose turn came too late, or that took too long in the engine.',
    labels: { reason: REJECTIONS },
  },
  translation_shed_total: {
    kind: 'counter',
    help: 'Segments that were given up because they could not be in time or nobody waited for them any more, by where they were and why.',
    labels: { stage: ['arrival', 'dequeue', 'running'], cause: ['deadline', 'disconnect'] },
  },
  translation_cache_hits_total: {
    kind: 'counter',
    help: 'Segments that were answered by the decode of an equal one, under way or kept.',
  },
  translation_cache_bytes: {
    kind: 'gauge',
    help: 'Bytes of finished segments that are kept.',
  },
  translation_segments_total: {
    kind: 'counter',
    help: 'Segments (sentences) that the engines have finished.',
  },
  translation_source_tokens_total: {
    kind: 'counter',
    help: 'Source tokens that the engines have encoded.',
  },
  translation_target_tokens_total: {
    kind: 'counter',
    help: 'Target tokens of the translations that the engines have finished.',
  },
  translation_admitted_total: {
    kind: 'counter',
    help: 'Segments that have joined the running batch of an engine, by why then.',
    labels: { why: ['idle', 'ratio', 'max_wait', 'cheap', 'break_even'] },
  },
  translation_steps_total: {
    kind: 'counter',
    help: 'Decoder steps over all engines.',
  },
  translation_step_duration_seconds: {
    kind: 'histogram',
    help: 'Time of one run of the encoder (encode), of laying its result into the running batch (merge), of one decoder step (decode).',
    labels: { phase: ['encode', 'merge', 'decode'] },
    buckets: STEP_BUCKETS_SECONDS,
  },
  translation_batch_rows: {
    kind: 'histogram',
    help: 'Rows (beams) in a decoder step.',
    buckets: powersOfTwo(1024),
  },
  translation_batch_tokens: {
    kind: 'histogram',
    help: 'Source tokens in a run of the encoder, without padding.',
    buckets: powersOfTwo(4096),
  },
  translation_batch_padding_ratio: {
    kind: 'histogram',
    help: 'Part of the places in a run of the encoder that is padding.',
    buckets: RATIO_BUCKETS,
  },
  translation_active_rows: {
    kind: 'gauge',
    help: 'Rows (beams) that the engines decode at this moment.',
  },
  translation_row_capacity: {
    kind: 'gauge',
    help: 'Rows (beams) that the engines which are ready can decode at once, at the default number of beams.',
  },
  translation_cost_model_a: {
    kind: 'gauge',
    help: 'Fitted seconds of a decoder step whatever its rows, of the slowest engine.',
  },
  translation_cost_model_b: {
    kind: 'gauge',
    help: 'Fitted seconds of a decoder step for each row, of the slowest engine.',
  },
  translation_cost_model_e0: {
    kind: 'gauge',
    help: 'Fitted seconds of a run of the encoder whatever its size, of the slowest engine.',
  },
  translation_cost_model_e1: {
    kind: 'gauge',
    help: 'Fitted seconds of a run of the encoder for each padded source token, of the slowest engine.',
  },
  translation_engine_up: {
    kind: 'gauge',
    help: 'Engines that are ready.',
  },
  translation_engine_load_seconds: {
    kind: 'gauge',
    help: 'How long the engine that started last took to load its model.',
  },
  translation_engine_last_progress_timestamp_seconds: {
    kind: 'gauge',
    help: 'When an engine last made a step or said that it has nothing to do, of the engine that has been silent longest; Unix time.',
  },
  translation_engine_busy_seconds_total: {
    kind: 'counter',
    help: 'Time that the engines have spent in the model. Its rate over the number of engines is their use.',
  },
  translation_engine_restarts_total: {
    kind: 'counter',
    help: 'Engine processes that were lost or could not be started again, by how; `killed` is SIGKILL from outside, as the kernel sends it for want of memory.',
    labels: { cause: ['crash', 'out_of_memory', 'killed', 'hang', 'load'] },
  },
  translation_engine_resident_memory_bytes: {
    kind: 'gauge',
    help: 'Resident memory of the engine processes together.',
  },
  translation_engine_cpu_seconds_total: {
    kind: 'counter',
    help: 'Processor time of the engine processes together, user and system.',
  },
  translation_draining: {
    kind: 'gauge',
    help: '1 from the signal to stop on, else 0.',
  },
  nodejs_eventloop_delay_seconds: {
    kind: 'histogram',
    help: "How late the service process' event loop is, looked at 50 times a second.",
    buckets: LOOP_BUCKETS_SECONDS,
  },
  nodejs_eventloop_utilization: {
    kind: 'gauge',
    help: "Part of the time since the metrics were last asked for that the service process' event loop was not idle.",
  },
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof METRICS;

export type MetricOfKind<Kind extends MetricRow['kind']> = {
  [Name in MetricName]: (typeof METRICS)[Name] extends { readonly kind: Kind } ? Name : never;
}[MetricName];

/** A value for each label of a metric; an empty object where it has none. */
export type LabelsOf<Name extends MetricName> = (typeof METRICS)[Name] extends {
  readonly labels: infer Labels extends Readonly<Record<string, readonly string[]>>;
}
  ? { readonly [Label in keyof Labels]: Labels[Label][number] }
  : Readonly<Record<string, never>>;

function powersOfTwo(most: number): number[] {
  return Array.from({ length: Math.log2(most) + 1 }, (_, exponent) => 2 ** exponent);
}
