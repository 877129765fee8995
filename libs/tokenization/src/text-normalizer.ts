import { Charsmap } from './charsmap.js';
import type { NormalizerSpec } from './sentencepiece-model.js';
import type { UserDefinedSymbols } from './user-defined-symbols.js';

/** What SentencePiece writes for a space: U+2581. */
export const SPACE_SYMBOL = '\u2581';

/**
 * Turns text into what the pieces of a model are made of: the model's own character table (never
 * `String.normalize`, whose results differ), spaces collapsed and trimmed, a space symbol in front.
 * A lone surrogate is read as U+FFFD.
 *
 * Source: google/sentencepiece, `src/normalizer.cc`, `Normalizer::Normalize`.
 */
export class TextNormalizer {
  readonly #charsmap: Charsmap;

  constructor(
    private readonly spec: NormalizerSpec,
    private readonly symbols: UserDefinedSymbols,
    file: string,
  ) {
    this.#charsmap = new Charsmap(spec.precompiledCharsmap, file);
  }

  normalize(text: string): string {
    if (text === '') return '';
    const { addDummyPrefix, removeExtraWhitespaces, escapeWhitespaces } = this.spec;
    const space = escapeWhitespaces ? SPACE_SYMBOL : ' ';
    const replaced = this.#replace(text.replace(/\p{Surrogate}/gu, '\ufffd'));
    const spaced = escapeWhitespaces ? replaced.replaceAll(' ', SPACE_SYMBOL) : replaced;
    const prefixed = addDummyPrefix ? space + spaced : spaced;
    if (!removeExtraWhitespaces) return prefixed;
    let end = prefixed.length;
    while (end > 0 && prefixed.charAt(end - 1) === space) end--;
    return prefixed.slice(0, end);
  }

  /** Applies the table, longest key first at each place; runs that no rule touches are copied whole. */
  #replace(text: string): string {
    const output = new SpaceCollapser(this.spec.removeExtraWhitespaces);
    let copied = 0;
    let position = 0;
    while (position < text.length) {
      const symbolLength = this.symbols.matchLength(text, position);
      const match =
        symbolLength > 0
          ? {
              end: position + symbolLength,
              replacement: text.slice(position, position + symbolLength),
            }
          : this.#charsmap.longestMatch(text, position);
      if (match === undefined) {
        position += (text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1;
        continue;
      }
      output.appendCopied(text.slice(copied, position));
      output.appendReplacement(match.replacement);
      copied = match.end;
      position = match.end;
    }
    output.appendCopied(text.slice(copied));
    return output.text;
  }
}

/** Drops leading spaces, and spaces after a space; those inside one replacement stay, as in SentencePiece. */
class SpaceCollapser {
  text = '';
  #afterSpace: boolean;

  constructor(private readonly collapses: boolean) {
    this.#afterSpace = collapses;
  }

  appendCopied(run: string): void {
    this.appendReplacement(this.collapses ? run.replace(/ {2,}/g, ' ') : run);
  }

  appendReplacement(replacement: string): void {
    let start = 0;
    if (this.#afterSpace) while (replacement.startsWith(' ', start)) start++;
    if (start === replacement.length) return;
    this.text += start === 0 ? replacement : replacement.slice(start);
    this.#afterSpace = this.collapses && replacement.endsWith(' ');
  }
}
