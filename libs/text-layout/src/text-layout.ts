import { UNSPACED_LANGUAGES } from '#libs/tokenization';

/**
 * What of a text goes to the model, and how the text is put together again: the one place that knows of
 * formats other than plain text.
 */
export interface TextLayout {
  /** Each is translated by itself, with all its sentences. */
  readonly parts: readonly string[];
  /** The whole text from the translations of its parts, in their order. */
  join(translations: readonly string[]): string;
}

export interface LayoutOptions {
  /** A code of the model. */
  readonly sourceLanguage: string;
  /** Whether sentences go on over line ends, as in text of a fixed width. Empty lines stay what they are. */
  readonly joinsLines: boolean;
}

/** A line end between two lines that have something in them, with the blanks around it. */
const SOFT_LINE_END = /(?<=\S)[ \t]*(?:\r\n|[\n\r])[ \t]*(?=\S)/g;

/** A plain text is one part, and its translation is the whole. */
export function layOutText(
  text: string,
  { joinsLines, sourceLanguage }: LayoutOptions,
): TextLayout {
  const gap = UNSPACED_LANGUAGES.has(sourceLanguage) ? '' : ' ';
  const part = joinsLines ? text.replace(SOFT_LINE_END, gap) : text;
  return { parts: [part], join: (translations) => translations.join('') };
}
