import { MAX_BEAM_SIZE } from '#libs/config';
import { TranslationError } from '#libs/domain';
import { HTML, type MarkupOptions, type SentenceSplitting } from '#libs/text-layout';
import { LANGUAGES, resolveLanguage } from '#libs/tokenization';
import { AUTO, replaceLoneSurrogates } from '../../translation/translation-request.js';
import type { RequestLimits } from '../request-limits.js';
import { invalid, type RequestValues, shown } from '../request-values.js';

export interface LibreTranslateRequest {
  readonly texts: readonly string[];
  /** Whether `q` was an array: then the answer's fields are arrays too. */
  readonly isList: boolean;
  /** Undefined where it is to be detected. */
  readonly sourceLanguage: string | undefined;
  readonly targetLanguage: string;
  readonly alternatives: number;
  readonly splitting: SentenceSplitting;
  /** Undefined where the texts are plain. */
  readonly markup: MarkupOptions | undefined;
}

/** A search finds no more translations than it has beams. */
const MAX_ALTERNATIVES = MAX_BEAM_SIZE - 1;

/** LibreTranslate's own codes that BCP 47 does not have. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['pb', 'pt'],
  ['zt', 'zh'],
]);

/** Throws `invalid-request`, `too-many-records`, `text-too-long` or `unsupported-language`, in LibreTranslate's words. */
export function readTranslateRequest(
  values: RequestValues,
  limits: RequestLimits,
): LibreTranslateRequest {
  const { isList, texts } = readTexts(values, limits);
  const source = required(values, 'source');
  const target = required(values, 'target');
  return {
    texts,
    isList,
    alternatives: readAlternatives(values),
    ...readFormat(values),
    sourceLanguage:
      source.toLowerCase() === AUTO ? undefined : readLanguage(source, limits.languages),
    targetLanguage: readLanguage(target, limits.languages),
  };
}

/**
 * `q`: a string, or a list of strings, which may be empty ones. Forms have CRLF for line ends by their own
 * rule; it is LF here.
 */
export function readTexts(
  values: RequestValues,
  { maxRecords, maxTextChars }: RequestLimits,
): { texts: string[]; isList: boolean } {
  const q = values.get('q');
  const isList = Array.isArray(q);
  const texts: readonly unknown[] = isList ? q : [required(values, 'q')];
  if (texts.length === 0) throw invalid('Invalid request: missing q parameter');
  if (texts.length > maxRecords)
    throw new TranslationError('too-many-records', tooLong(texts.length, maxRecords));
  return {
    isList,
    texts: texts.map((text) => {
      if (typeof text !== 'string')
        throw invalid('Invalid request: q parameter holds something that is not a string');
      if (text.length > maxTextChars)
        throw new TranslationError('text-too-long', tooLong(text.length, maxTextChars));
      return replaceLoneSurrogates(values.isForm ? text.replaceAll('\r\n', '\n') : text);
    }),
  };
}

function required(values: RequestValues, name: string): string {
  const value = values.text(name);
  if (value === undefined) throw invalid(`Invalid request: missing ${name} parameter`);
  return value;
}

function tooLong(size: number, limit: number): string {
  return `Invalid request: request (${size}) exceeds text limit (${limit})`;
}

/** Lines of a plain text stand for themselves; those of HTML are no more than blanks. */
function readFormat(values: RequestValues): Pick<LibreTranslateRequest, 'splitting' | 'markup'> {
  const format = values.text('format') ?? 'text';
  if (format === 'text') return { splitting: 'sentences-and-lines', markup: undefined };
  if (format === 'html') return { splitting: 'sentences', markup: HTML };
  throw invalid(`${shown(format)} format is not supported`);
}

function readAlternatives(values: RequestValues): number {
  const value = values.get('alternatives') ?? 0;
  const count = typeof value === 'string' && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : value;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0)
    throw invalid('Invalid request: alternatives parameter is not a number');
  if (count > MAX_ALTERNATIVES)
    throw invalid(`Invalid request: alternatives parameter must be <= ${MAX_ALTERNATIVES}`);
  return count;
}

function readLanguage(tag: string, languages: readonly string[]): string {
  const code = resolveLanguage(ALIASES.get(tag.toLowerCase()) ?? tag, languages);
  if (code !== undefined) return code;
  throw new TranslationError('unsupported-language', `${shown(tag)} is not supported`);
}

/** A language as it is shown to people. */
export function languageName(code: string): string {
  return LANGUAGES.find((language) => language.code === code)?.name ?? code;
}
