import type { CandidateRow } from '../candidates.js';

/**
 * A rule on the next token, given the target so far. The model hands over only its best candidates, so a
 * rule may lower scores but never raise them, and says how many it can lower: as many more candidates are
 * asked for, which makes the result equal to a rule on the whole vocabulary.
 *
 * Source: transformers 4.57.6, `generation/logits_process.py`.
 */
export interface TokenRule {
  /** Most tokens that the rule lowers after this target. */
  reach(target: readonly number[]): number;
  /** Lowers scores in place; `-Infinity` forbids a token. */
  apply(row: CandidateRow, target: readonly number[]): void;
}
