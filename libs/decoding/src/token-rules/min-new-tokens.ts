import type { CandidateRow } from '../candidates.js';
import type { TokenRule } from './token-rule.js';

/** Forbids the end token before the target has so many tokens after its start. Source: Hugging Face `MinNewTokensLengthLogitsProcessor`. */
export class MinNewTokens implements TokenRule {
  constructor(
    private readonly count: number,
    private readonly endTokenId: number,
  ) {}

  reach(target: readonly number[]): number {
    return this.#holds(target) ? 1 : 0;
  }

  apply({ tokenIds, scores }: CandidateRow, target: readonly number[]): void {
    if (!this.#holds(target)) return;
    const at = tokenIds.indexOf(this.endTokenId);
    if (at >= 0) scores[at] = -Infinity;
  }

  #holds(target: readonly number[]): boolean {
    return target.length - 1 < this.count;
  }
}
