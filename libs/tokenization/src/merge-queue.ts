import { assertInvariant } from '#libs/domain';

/**
 * A binary heap of possible merges, best first: the highest score, on a tie the leftmost. Entries live in
 * typed arrays; `capacity` is the most that are ever pushed.
 */
export class MergeQueue {
  readonly #scores: Float64Array;
  readonly #lefts: Int32Array;
  readonly #lengths: Int32Array;
  #size = 0;

  constructor(private readonly capacity: number) {
    this.#scores = new Float64Array(capacity);
    this.#lefts = new Int32Array(capacity);
    this.#lengths = new Int32Array(capacity);
  }

  /** A merge of the symbol at `left` with its right neighbour; `length` is that of the merged symbol. */
  push(score: number, left: number, length: number): void {
    assertInvariant(this.#size < this.capacity, `a merge queue of ${this.capacity} is full`);
    let slot = this.#size++;
    while (slot > 0) {
      const parent = (slot - 1) >> 1;
      if (!this.#isBetter(score, left, parent)) break;
      this.#move(parent, slot);
      slot = parent;
    }
    this.#set(slot, score, left, length);
  }

  /** Takes the best entry off, or undefined. */
  pop(): { readonly left: number; readonly length: number } | undefined {
    const scores = this.#scores;
    const lefts = this.#lefts;
    const lengths = this.#lengths;
    const left = lefts[0];
    const length = lengths[0];
    if (this.#size === 0 || left === undefined || length === undefined) return undefined;
    const last = --this.#size;
    const lastScore = scores[last] ?? 0;
    const lastLeft = lefts[last] ?? 0;
    let slot = 0;
    for (;;) {
      let child = 2 * slot + 1;
      if (child >= last) break;
      const sibling = child + 1;
      if (sibling < last && this.#isBetter(scores[sibling] ?? 0, lefts[sibling] ?? 0, child)) {
        child = sibling;
      }
      if (this.#isBetter(lastScore, lastLeft, child)) break;
      this.#move(child, slot);
      slot = child;
    }
    this.#set(slot, lastScore, lastLeft, lengths[last] ?? 0);
    return { left, length };
  }

  #isBetter(score: number, left: number, thanSlot: number): boolean {
    const otherScore = this.#scores[thanSlot] ?? 0;
    return score > otherScore || (score === otherScore && left < (this.#lefts[thanSlot] ?? 0));
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#scores[from] ?? 0, this.#lefts[from] ?? 0, this.#lengths[from] ?? 0);
  }

  #set(slot: number, score: number, left: number, length: number): void {
    this.#scores[slot] = score;
    this.#lefts[slot] = left;
    this.#lengths[slot] = length;
  }
}
