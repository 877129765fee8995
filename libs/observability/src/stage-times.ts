/** Where a request's time goes: the same words in the header, the log and the metrics. */
export interface StageTimes {
  readonly tokenizationMs: number;
  readonly queueMs: number;
  readonly inferenceMs: number;
}

/**
 * `Server-Timing` of the stages, milliseconds with microsecond digits.
 *
 * Source: W3C Server Timing, section 3.
 */
export function formatServerTiming(times: StageTimes): string {
  const stages = [
    ['tokenization', times.tokenizationMs],
    ['queue', times.queueMs],
    ['inference', times.inferenceMs],
  ] as const;
  return stages.map(([name, ms]) => `${name};dur=${Math.round(ms * 1000) / 1000}`).join(', ');
}
