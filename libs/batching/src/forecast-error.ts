/** Time in which evidence loses half of its weight. */
const HALF_LIFE_MS = 10_000;
/** So much imagined evidence says that the forecasts are right. */
const PRIOR_MS = 1000;
/** What is shorter teaches nothing: most of it is the way there and back. */
const SHORTEST_LESSON_MS = 250;
/** How wrong they can be taken to be. */
const MOST_WRONG = 4;

/** How wrong forecasts of one kind have been lately. */
export class ForecastError {
  #predictedMs = PRIOR_MS;
  #actualMs = PRIOR_MS;
  #updatedAtMs = 0;

  constructor(private readonly now: () => number) {}

  /** What it took, over what was forecast; 1 where nothing is known. */
  get factor(): number {
    this.#fade();
    const ratio = this.#actualMs / this.#predictedMs;
    return Math.min(MOST_WRONG, Math.max(1 / MOST_WRONG, ratio));
  }

  /** @param predictedMs without the factor of then: one of now would learn the same lesson again and again */
  learn(predictedMs: number, actualMs: number): void {
    if (predictedMs < SHORTEST_LESSON_MS) return;
    this.#fade();
    this.#predictedMs += predictedMs;
    this.#actualMs += Math.max(0, actualMs);
  }

  /** Evidence fades towards none, which leaves what was imagined. */
  #fade(): void {
    const nowMs = this.now();
    const kept = 0.5 ** ((nowMs - this.#updatedAtMs) / HALF_LIFE_MS);
    this.#predictedMs = PRIOR_MS + (this.#predictedMs - PRIOR_MS) * kept;
    this.#actualMs = PRIOR_MS + (this.#actualMs - PRIOR_MS) * kept;
    this.#updatedAtMs = nowMs;
  }
}
