/** Where a request's time goes: the same words in the header, the log and the metrics. */
export interface StageTimes {
  readonly tokenizationMs: number;
  readonly queueMs: number;
  readonly inferenceMs: number;
  /** Segments that an equal one's decode answered. */
  readonly cacheHits: number;
  /** Most sentences that one of the request's was decoded together with, itself included; 0 where none was decoded. */
  readonly batchSentences: number;
}

/**
 * `Server-Timing` of the stages, milliseconds with microsecond digits; `batch` and `cache` where they had a part.
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
  const batch = times.batchSentences > 0 ? [`batch;desc="sentences=${times.batchSentences}"`] : [];
  const hits = times.cacheHits > 0 ? [`cache;desc="hits=${times.cacheHits}"`] : [];
  return [...durations, ...batch, ...hits].join(', ');
}
