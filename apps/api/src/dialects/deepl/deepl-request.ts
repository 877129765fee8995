import { TranslationError } from '#libs/domain';
import type { SentenceSplitting } from '#libs/text-layout';
import { resolveLanguage } from '#libs/tokenization';
import { readTagHandling, type TagHandling } from './tag-handling.js';
import { readTexts, type TextWords } from '../read-texts.js';
import type { RequestLimits } from '../request-limits.js';
import { invalid, type RequestValues, shown } from '../request-values.js';
import { choose, readFlag, textOf, unsupported } from './deepl-fields.js';

export type ModelType = 'quality_optimized' | 'latency_optimized';

export interface DeepLRequest extends TagHandling {
  readonly texts: readonly string[];
  /** Undefined where it is to be detected. */
  readonly sourceLanguage: string | undefined;
  readonly targetLanguage: string;
  readonly splitting: SentenceSplitting;
  /** As sent, for the answer to repeat. */
  readonly sourceAsSent: string | undefined;
  readonly showsBilledCharacters: boolean;
  /** Undefined where the caller names none: then the answer does not either. */
  readonly modelType: ModelType | undefined;
}

const SPLITTINGS: ReadonlyMap<string, SentenceSplitting> = new Map([
  ['0', 'none'],
  ['1', 'sentences-and-lines'],
  ['nonewlines', 'sentences'],
]);

const MODEL_TYPES: ReadonlyMap<string, ModelType> = new Map([
  ['quality_optimized', 'quality_optimized'],
  ['prefer_quality_optimized', 'quality_optimized'],
  ['latency_optimized', 'latency_optimized'],
]);

const TEXT_WORDS: TextWords = {
  holder: 'The request',
  noString: "Parameter 'text' has to be a list of strings.",
};

/** Formality that a model without any can agree to. */
const FORMALITIES: readonly string[] = ['default', 'prefer_more', 'prefer_less'];
const STRICT_FORMALITIES: readonly string[] = ['more', 'less'];

/**
 * Throws `invalid-request`, `unsupported-language`, `not-found` (a glossary), `too-many-records` or
 * `text-too-long`. What changes nothing here is taken and left alone: `context`, `preserve_formatting` (texts
 * are never restyled), `style_id`, translation memories, instructions.
 */
export function readDeepLRequest(values: RequestValues, limits: RequestLimits): DeepLRequest {
  const list = values.all('text');
  if (list.length === 0) throw invalid("Parameter 'text' not specified.");
  const texts = readTexts(list, limits, TEXT_WORDS);
  const target = textOf(values, 'target_lang');
  if (target === undefined) throw invalid("Parameter 'target_lang' not specified.");
  const sourceAsSent = textOf(values, 'source_lang');
  checkFormality(values);
  refuseGlossaries(values, sourceAsSent);
  readFlag(values, 'preserve_formatting');
  const tagHandling = readTagHandling(values);
  return {
    texts,
    sourceAsSent,
    sourceLanguage:
      sourceAsSent === undefined ? undefined : readLanguage('source_lang', sourceAsSent, limits),
    targetLanguage: readLanguage('target_lang', target, limits),
    ...tagHandling,
    splitting: choose(values, 'split_sentences', SPLITTINGS) ?? defaultSplitting(tagHandling),
    showsBilledCharacters: readFlag(values, 'show_billed_characters'),
    modelType: choose(values, 'model_type', MODEL_TYPES),
  };
}

/** Lines of HTML are no more than blanks. */
function defaultSplitting({ markup }: TagHandling): SentenceSplitting {
  return markup?.syntax === 'html' ? 'sentences' : 'sentences-and-lines';
}

function readLanguage(name: string, tag: string, { languages }: RequestLimits): string {
  const code = resolveLanguage(tag, languages);
  if (code !== undefined) return code;
  throw new TranslationError(
    'unsupported-language',
    `Value for '${name}' not supported: ${shown(tag)}.`,
  );
}

function checkFormality(values: RequestValues): void {
  const formality = textOf(values, 'formality')?.toLowerCase();
  if (formality === undefined || FORMALITIES.includes(formality)) return;
  if (STRICT_FORMALITIES.includes(formality))
    throw invalid("'formality' is not supported for given 'target_lang'.");
  throw unsupported('formality');
}

function refuseGlossaries(values: RequestValues, source: string | undefined): void {
  const names = ['glossary_id', 'glossary_ids'];
  if (names.every((name) => values.all(name).every((value) => value === ''))) return;
  if (source === undefined)
    throw invalid("Use of a glossary requires the 'source_lang' parameter to be specified.");
  throw new TranslationError('not-found', 'Glossary not found. This server has none.');
}
