import type { Alignment } from '#libs/tokenization';
import type { MarkupOptions } from './markup-options.js';

/**
 * Where a text is split: nowhere but at blocks; where sentences end; or also where lines end, which is for
 * lines that stand for themselves.
 */
export type SentenceSplitting = 'none' | 'sentences' | 'sentences-and-lines';

export interface LayoutOptions {
  /** Codes of the model. */
  readonly sourceLanguage: string;
  readonly targetLanguage: string;
  readonly splitting: SentenceSplitting;
  /** Undefined for plain text. */
  readonly markup: MarkupOptions | undefined;
}

/** Something that is translated by itself. */
export interface TextPart {
  readonly text: string;
  /** Whether it is not to be split into sentences. */
  readonly isOneSentence: boolean;
  /** Whether something has its place inside the text, which the translation's alignment would tell. */
  readonly wantsAlignment?: boolean;
  /** Where no translation of the text is accepted, this is translated instead. */
  readonly otherwise?: OtherText;
}

export interface OtherText {
  readonly text: string;
  readonly accepts: (translation: string) => boolean;
}

export interface TranslatedPart {
  readonly text: string;
  /** Whether it is the translation of `otherwise`. */
  readonly isOtherwise: boolean;
  /** With the text, where that is known. */
  readonly alignment?: Alignment | undefined;
}
