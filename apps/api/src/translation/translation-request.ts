import { MAX_BEAM_SIZE } from '#libs/config';
import type { DetectedLanguage } from '#libs/detection';
import type { ErrorCode, FieldFault } from '#libs/domain';
import type { OtherText } from '#libs/text-layout';
import { resolveLanguage } from '#libs/tokenization';
import { errorOfFaults } from '../http/problem-details.js';
import { childPointer } from './json-values.js';
import type { RecordId, TranslationRequestDto } from './translation.dto.js';

/** One record, with its languages as the model's codes. */
export interface TextToTranslate {
  readonly id: RecordId;
  readonly text: string;
  readonly sourceLanguage: string;
  readonly targetLanguage: string;
  /** Whether it is not to be split into sentences. */
  readonly isOneSentence?: boolean;
  /** Whether translations are to say how they belong to the text. */
  readonly wantsAlignment?: boolean | undefined;
  /** Where no translation of the text is accepted, this is translated in its place. */
  readonly otherwise?: OtherText;
  /** How the source language was found, where the caller did not name it. */
  readonly detected?: DetectedLanguage;
}

/** As it is asked for: without a source language where it is to be detected. */
export type TextAsSent = Omit<TextToTranslate, 'sourceLanguage'> & {
  readonly sourceLanguage: string | undefined;
};

export interface TranslationRequest<Text = TextToTranslate> {
  readonly texts: readonly Text[];
  /** Undefined where the caller leaves it to the service. */
  readonly beamSize: number | undefined;
  /** How many translations are wanted beside the best one. */
  readonly alternatives: number;
}

/** In the place of a source language: find it out. */
export const AUTO = 'auto';

/**
 * From the wire's words to the service's. Throws `text-too-long`, `invalid-request` (too many beams) or
 * `unsupported-language`, with every fault of the kind.
 */
export function readTranslationRequest(
  { payload }: TranslationRequestDto,
  maxTextChars: number,
  served: readonly string[],
): TranslationRequest<TextAsSent> {
  const languages = new LanguageReader(served);
  const tooLong: FieldFault[] = [];
  const texts = payload.records.map((record, index): TextAsSent => {
    const pointer = childPointer('/payload/records', index);
    if (record.text.length > maxTextChars)
      tooLong.push({
        pointer: childPointer(pointer, 'text'),
        detail: `has ${record.text.length} UTF-16 units; ${maxTextChars} are allowed. Send it in several records.`,
      });
    return {
      id: record.id,
      text: replaceLoneSurrogates(record.text),
      sourceLanguage: languages.readSource(pointer, record.fromLang, payload.fromLang),
      targetLanguage: languages.read('toLang', pointer, record.toLang, payload.toLang),
    };
  });
  // A request without records is asked for its languages too.
  languages.readSource('/payload', payload.fromLang, '');
  languages.read('toLang', '/payload', payload.toLang, '');
  throwFaults('text-too-long', tooLong);
  throwFaults('invalid-request', beamFaults(payload.options?.beamSize));
  throwFaults('unsupported-language', languages.faults);
  return { texts, beamSize: payload.options?.beamSize, alternatives: 0 };
}

/** Resolves language tags, each once, and gathers those that the model does not serve. */
class LanguageReader {
  readonly #codes = new Map<string, string | undefined>();
  readonly #faults = new Map<string, FieldFault>();

  constructor(private readonly served: readonly string[]) {}

  get faults(): FieldFault[] {
    return [...this.#faults.values()];
  }

  /** Undefined where it is to be detected. */
  readSource(pointer: string, own: string | undefined, payloads: string): string | undefined {
    if ((own ?? payloads).toLowerCase() === AUTO) return undefined;
    return this.read('fromLang', pointer, own, payloads);
  }

  read(field: string, pointer: string, own: string | undefined, payloads: string): string {
    const tag = own ?? payloads;
    if (!this.#codes.has(tag)) this.#codes.set(tag, resolveLanguage(tag, this.served));
    const code = this.#codes.get(tag);
    if (code !== undefined) return code;
    const at = childPointer(own === undefined ? '/payload' : pointer, field);
    const shown = JSON.stringify(tag.length > 20 ? `${tag.slice(0, 20)}…` : tag);
    const detail = `is ${shown}, which this model does not serve; GET /languages lists what it does.`;
    this.#faults.set(at, { pointer: at, detail });
    return '';
  }
}

function beamFaults(beamSize: number | undefined): FieldFault[] {
  if (beamSize === undefined || beamSize <= MAX_BEAM_SIZE) return [];
  const detail = `is ${beamSize}; it has to be a whole number from 1 to ${MAX_BEAM_SIZE}.`;
  return [{ pointer: '/payload/options/beamSize', detail }];
}

function throwFaults(code: ErrorCode, [first, ...others]: readonly FieldFault[]): void {
  if (first !== undefined) throw errorOfFaults(code, [first, ...others]);
}

/** JSON can hold half a character; Unicode has a sign for what cannot be read. */
export function replaceLoneSurrogates(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
