import type { CandidateRow } from '../candidates.js';
import type { TokenRule } from './token-rule.js';

/** Forbids every token that would end an n-gram already in the target. Source: Hugging Face `NoRepeatNGramLogitsProcessor`. */
export class NoRepeatNgram implements TokenRule {
  constructor(private readonly size: number) {}

  reach(target: readonly number[]): number {
    return this.#forbidden(target).size;
  }

  apply({ tokenIds, scores }: CandidateRow, target: readonly number[]): void {
    const forbidden = this.#forbidden(target);
    tokenIds.forEach((tokenId, i) => {
      if (forbidden.has(tokenId)) scores[i] = -Infinity;
    });
  }

  /** What followed each earlier place where the last `size − 1` tokens stand. */
  #forbidden(target: readonly number[]): Set<number> {
    const forbidden = new Set<number>();
    const start = target.length - this.size + 1;
    for (let at = 0; at < start; at++) {
      let same = 0;
      while (same < this.size - 1 && target[at + same] === target[start + same]) same++;
      const next = target[at + this.size - 1];
      if (same === this.size - 1 && next !== undefined) forbidden.add(next);
    }
    return forbidden;
  }
}
