import type { Hypothesis } from '#libs/domain';

/** The best finished hypotheses of a sentence, best first, at most `capacity`. */
export class FinishedPool {
  readonly #hypotheses: Hypothesis[] = [];

  constructor(private readonly capacity: number) {}

  get hypotheses(): readonly Hypothesis[] {
    return this.#hypotheses;
  }

  get isFull(): boolean {
    return this.#hypotheses.length === this.capacity;
  }

  get worstScore(): number {
    return this.#hypotheses.at(-1)?.score ?? -Infinity;
  }

  /** Of two hypotheses with the same score, the earlier one stays ahead. */
  insert(hypothesis: Hypothesis): void {
    const behind = this.#hypotheses.findIndex(({ score }) => score < hypothesis.score);
    this.#hypotheses.splice(behind < 0 ? this.#hypotheses.length : behind, 0, hypothesis);
    if (this.#hypotheses.length > this.capacity) this.#hypotheses.pop();
  }
}
