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

/** A plain text is one part, and its translation is the whole. */
export function layOutText(text: string): TextLayout {
  return { parts: [text], join: (translations) => translations.join('') };
}
