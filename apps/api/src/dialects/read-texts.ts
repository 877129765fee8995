import { TranslationError } from '#libs/domain';
import { replaceLoneSurrogates } from '../translation/translation-request.js';
import type { RequestLimits } from './request-limits.js';
import { invalid } from './request-values.js';

/** The words of a dialect for the texts of a request. */
export interface TextWords {
  /** What holds the texts, as the subject of a sentence. */
  readonly holder: string;
  /** Said of a text that is no string. */
  readonly noString: string;
}

/** Throws `too-many-records`, `text-too-long` or, for what is no string, `invalid-request`. */
export function readTexts(
  list: readonly unknown[],
  { maxRecords, maxTextChars }: RequestLimits,
  { holder, noString }: TextWords,
): string[] {
  if (list.length > maxRecords)
    throw new TranslationError(
      'too-many-records',
      `${holder} has ${list.length} texts; ${maxRecords} are allowed.`,
    );
  return list.map((text) => {
    if (typeof text !== 'string') throw invalid(noString);
    if (text.length > maxTextChars)
      throw new TranslationError(
        'text-too-long',
        `A text has ${text.length} UTF-16 units; ${maxTextChars} are allowed.`,
      );
    return replaceLoneSurrogates(text);
  });
}
