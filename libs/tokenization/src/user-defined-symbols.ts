import type { SentencePiece } from './sentencepiece-model.js';

/**
 * The pieces that a model's maker declared as whole: they match wherever the text has them, are not
 * normalised and never merged with their neighbours. The released M2M100 models have none.
 */
export class UserDefinedSymbols {
  /** By first UTF-16 unit, longest first. */
  readonly #byFirstUnit = new Map<number, string[]>();

  constructor(pieces: readonly SentencePiece[]) {
    for (const { text, type } of pieces) {
      if (type !== 'user-defined') continue;
      const symbols = this.#byFirstUnit.get(text.charCodeAt(0));
      if (symbols === undefined) this.#byFirstUnit.set(text.charCodeAt(0), [text]);
      else symbols.push(text);
    }
    for (const symbols of this.#byFirstUnit.values()) symbols.sort((a, b) => b.length - a.length);
  }

  /** Length in UTF-16 units of the longest symbol that the text has at `position`, or 0. */
  matchLength(text: string, position: number): number {
    if (this.#byFirstUnit.size === 0) return 0;
    const symbols = this.#byFirstUnit.get(text.charCodeAt(position)) ?? [];
    return symbols.find((symbol) => text.startsWith(symbol, position))?.length ?? 0;
  }
}
