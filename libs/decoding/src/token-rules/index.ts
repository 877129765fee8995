import type { GenerationOptions } from '#libs/domain';
import { MinNewTokens } from './min-new-tokens.js';
import { NoRepeatNgram } from './no-repeat-ngram.js';
import { RepetitionPenalty } from './repetition-penalty.js';
import type { TokenRule } from './token-rule.js';

export type { TokenRule } from './token-rule.js';

/** The rules that the options ask for, in the order in which Hugging Face applies them. */
export function buildTokenRules(options: GenerationOptions, endTokenId: number): TokenRule[] {
  const rules: TokenRule[] = [];
  if (options.repetitionPenalty !== 1) rules.push(new RepetitionPenalty(options.repetitionPenalty));
  if (options.noRepeatNgramSize > 0) rules.push(new NoRepeatNgram(options.noRepeatNgramSize));
  if (options.minNewTokens > 0) rules.push(new MinNewTokens(options.minNewTokens, endTokenId));
  return rules;
}
