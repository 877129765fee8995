/** Where a line's time went on the server. */
export interface LineTiming {
  readonly queueMs: number;
  readonly inferenceMs: number;
  /** Sentences that were decoded together with the line's, its own included; 0 where the answer says none. */
  readonly batchSize: number;
}

/**
 * The times of a `Server-Timing` header; undefined where there is none, or a proxy has taken it away.
 *
 * Source: W3C Server Timing, section 3.
 */
export function parseServerTiming(header: string | null): LineTiming | undefined {
  if (header === null) return undefined;
  const queueMs = numberIn(header, /(?:^|,)\s*queue;dur=([\d.]+)/);
  const inferenceMs = numberIn(header, /(?:^|,)\s*inference;dur=([\d.]+)/);
  if (queueMs === undefined || inferenceMs === undefined) return undefined;
  const batchSize = numberIn(header, /(?:^|,)\s*batch;desc="sentences=(\d+)"/) ?? 0;
  return { queueMs, inferenceMs, batchSize };
}

/** The times of lines side by side: those of the slowest, and the largest batch. */
export function slowestTiming(timings: readonly LineTiming[]): LineTiming | undefined {
  const slowest = timings.toSorted((one, other) => totalMs(other) - totalMs(one))[0];
  if (slowest === undefined) return undefined;
  return { ...slowest, batchSize: Math.max(...timings.map(({ batchSize }) => batchSize)) };
}

function totalMs({ queueMs, inferenceMs }: LineTiming): number {
  return queueMs + inferenceMs;
}

function numberIn(header: string, pattern: RegExp): number | undefined {
  const text = pattern.exec(header)?.[1];
  return text === undefined ? undefined : Number(text);
}
