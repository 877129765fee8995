import type { CandidateRow } from '../candidates.js';
import type { TokenRule } from './token-rule.js';

/**
 * Makes tokens of the target less likely: a score below 0 is multiplied by the penalty, others are divided
 * by it. The decoder start token counts, which is the end token too.
 *
 * Source: Keskar et al., 2019, "CTRL", section 4.1; Hugging Face `RepetitionPenaltyLogitsProcessor`.
 */
export class RepetitionPenalty implements TokenRule {
  constructor(private readonly penalty: number) {}

  reach(target: readonly number[]): number {
    return new Set(target).size;
  }

  apply({ tokenIds, scores }: CandidateRow, target: readonly number[]): void {
    const seen = new Set(target);
    scores.forEach((score, i) => {
      if (!seen.has(tokenIds[i] ?? 0)) return;
      scores[i] = score < 0 ? score * this.penalty : score / this.penalty;
    });
  }
}
