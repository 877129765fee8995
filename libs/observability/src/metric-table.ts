import { ERROR_CODES, type ErrorCodeRow } from '#libs/domain';

/** One metric: its kind, what it says, and every value that its label can take. */
export type MetricRow = {
  readonly help: string;
  readonly label?: MetricLabel;
} & (
  | { readonly kind: 'counter' }
  | { readonly kind: 'gauge' }
  | { readonly kind: 'histogram'; readonly buckets: readonly number[] }
);

/** All values are known beforehand, so that every series is there from the start, as 0. */
interface MetricLabel {
  readonly name: string;
  readonly values: readonly string[];
}

const OUTCOMES: readonly ('ok' | ErrorCodeRow['outcome'])[] = [
  ...new Set(['ok' as const, ...Object.values(ERROR_CODES).map(({ outcome }) => outcome)]),
];

/** Each about 1.5 times the one before, over 5 ms to 60 s, with edges at the round figures of objectives. */
const LATENCY_BUCKETS_SECONDS = [
  0.005, 0.0075, 0.01, 0.015, 0.025, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.35, 0.5, 0.75, 1, 1.5,
  2.5, 3.5, 5, 7.5, 10, 15, 20, 30, 45, 60,
];

/** Every metric of the service, by its name in Prometheus; base units, as its naming rules ask. */
export const METRICS = {
  translation_requests_total: {
    kind: 'counter',
    help: 'Requests to POST /translation by how they ended.',
    label: { name: 'outcome', values: OUTCOMES },
  },
  translation_request_duration_seconds: {
    kind: 'histogram',
    help: 'Time from the head of a request to POST /translation to the end of its answer.',
    buckets: LATENCY_BUCKETS_SECONDS,
  },
  translation_queue_segments: {
    kind: 'gauge',
    help: 'Segments (sentences) that wait for an engine.',
  },
  translation_queue_tokens: {
    kind: 'gauge',
    help: 'Source tokens of the segments that wait for an engine.',
  },
  translation_steps_total: {
    kind: 'counter',
    help: 'Decoder steps over all engines.',
  },
  translation_active_rows: {
    kind: 'gauge',
    help: 'Rows (beams) that the engines decode at this moment.',
  },
  translation_segments_total: {
    kind: 'counter',
    help: 'Segments (sentences) that the engines have finished.',
  },
} as const satisfies Record<string, MetricRow>;

type MetricName = keyof typeof METRICS;

export type MetricOfKind<Kind extends MetricRow['kind']> = {
  [Name in MetricName]: (typeof METRICS)[Name] extends { readonly kind: Kind } ? Name : never;
}[MetricName];
