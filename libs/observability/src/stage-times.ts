/** Where a request's time goes: the same words in the header, the log and the metrics. */
export interface StageTimes {
  readonly tokenizationMs: number;
  readonly queueMs: number;
  readonly inferenceMs: number;
  /** Segments that an equal one's decode answered. */
  readonly cacheHits: number;
}

/**
 * `Server-Timing` of the stages, milliseconds with microsecond digits; `cache` where it answered something.
 *
 * Source: W3C Server Timing, section 3.
 */
export function formatServerTiming(times: StageTimes): string {
  const stages = [
    ['tokenization', times.tokenizationMs],
    ['queue', times.queueMs],
    ['inference', times.inferenceMs],
  ] as const;
  const durations = stages.map(([name, ms]) => `${name};dur=${Math.round(ms * 1000) / 1000}`);
  const hits = times.cacheHits > 0 ? [`cache;desc="hits=${times.cacheHits}"`] : [];
  return [...durations, ...hits].join(', ');
}
