import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

const LONGEST_MS = 3_600_000;

/** Durations, in a high dynamic range histogram of three digits: any number of them in constant memory. */
export class Latencies {
  readonly #histogram: RecordableHistogram = createHistogram({
    lowest: 1,
    highest: LONGEST_MS * 1000,
    figures: 3,
  });

  /** Kept in microseconds, from 1 µs to an hour. */
  record(durationMs: number): void {
    const microseconds = Math.round(Math.min(LONGEST_MS, durationMs) * 1000);
    this.#histogram.record(Math.max(1, microseconds));
  }

  get count(): number {
    return this.#histogram.count;
  }

  /** Undefined where nothing was recorded. */
  percentileMs(percentile: number): number | undefined {
    return this.count === 0 ? undefined : this.#histogram.percentile(percentile) / 1000;
  }
}
