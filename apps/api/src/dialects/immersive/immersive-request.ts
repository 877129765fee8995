import { TranslationError } from '#libs/domain';
import { resolveLanguage } from '#libs/tokenization';
import { AUTO } from '../../translation/translation-request.js';
import { readTexts, type TextWords } from '../read-texts.js';
import type { RequestLimits } from '../request-limits.js';
import { invalid, type RequestValues, shown } from '../request-values.js';

export interface ImmersiveRequest {
  readonly texts: readonly string[];
  /** Undefined where it is to be detected. */
  readonly sourceLanguage: string | undefined;
  readonly targetLanguage: string;
}

const TEXT_WORDS: TextWords = {
  holder: 'text_list',
  noString: 'text_list holds something that is not a string.',
};

/** Throws `invalid-request`, `too-many-records`, `text-too-long` or `unsupported-language`. */
export function readImmersiveRequest(
  values: RequestValues,
  limits: RequestLimits,
): ImmersiveRequest {
  const list = values.get('text_list');
  if (!Array.isArray(list)) throw invalid('text_list is missing; it has to be a list of strings.');
  const source = values.get('source_lang') ?? AUTO;
  const isAuto = source === '' || (typeof source === 'string' && source.toLowerCase() === AUTO);
  return {
    texts: readTexts(list, limits, TEXT_WORDS),
    sourceLanguage: isAuto ? undefined : readLanguage('source_lang', source, limits),
    targetLanguage: readLanguage('target_lang', values.get('target_lang'), limits),
  };
}

function readLanguage(name: string, tag: unknown, { languages }: RequestLimits): string {
  if (typeof tag !== 'string' || tag === '')
    throw invalid(`${name} is missing; it is a language code.`);
  const code = resolveLanguage(tag, languages);
  if (code !== undefined) return code;
  throw new TranslationError(
    'unsupported-language',
    `${name} is ${shown(tag)}, which this model does not serve.`,
  );
}
