/** Durations that are kept: some seconds of a quick model, a minute of a slow one. */
const KEPT = 512;

/** The last durations of something that happens often, in milliseconds. */
export class RecentDurations {
  readonly #durationsMs = new Float64Array(KEPT);
  #count = 0;

  record(durationMs: number): void {
    this.#durationsMs[this.#count % KEPT] = durationMs;
    this.#count++;
  }

  /** The duration that a part `share` of them does not exceed; 0 where there are none. */
  quantile(share: number): number {
    const sorted = this.#durationsMs.slice(0, Math.min(this.#count, KEPT)).sort();
    return sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  }
}
