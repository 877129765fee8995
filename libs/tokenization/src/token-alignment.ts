import type { M2M100Tokenizer } from './m2m100-tokenizer.js';
import { isBlankAt, type TextRange } from './text-piece.js';
import { SPACE_SYMBOL } from './text-normalizer.js';

/** How the tokens of a translation belong to those of its source. */
export interface Alignment {
  /** Where the source's tokens stand in the source. */
  readonly sources: readonly TextRange[];
  /** Where the translation's tokens stand in it. */
  readonly targets: readonly TextRange[];
  /** For each target what the model attended to: the shares of the sources, in 255ths. */
  readonly shares: readonly Uint8Array[];
}

export interface AlignedHypothesis {
  readonly tokenIds: Int32Array;
  /** For each token but the first the shares of the source's tokens: of its tag, its pieces, its end. */
  readonly sourceAttention: readonly Uint8Array[];
}

/**
 * How a translation belongs to its source. Undefined where the model's normaliser changes the text so much that
 * its pieces are not to be found in it.
 */
export function alignTokens(
  tokenizer: M2M100Tokenizer,
  source: string,
  { sourceAttention, tokenIds }: AlignedHypothesis,
): Alignment | undefined {
  const sources = rangesOfPieces(source, tokenizer.pieces(source));
  if (sources === undefined) return undefined;
  const targets = tokenizer.decodedRanges(tokenIds).slice(1);
  const isText = targets.map(({ end, start }) => end > start);
  return {
    sources,
    targets: targets.filter((_, index) => isText[index]),
    shares: sourceAttention
      .filter((_, index) => isText[index])
      .map((shares) => shares.subarray(1, 1 + sources.length)),
  };
}

/** Where each piece stands in the text that it is of. */
export function rangesOfPieces(text: string, pieces: readonly string[]): TextRange[] | undefined {
  const characters = normalizedCharacters(text);
  const ranges: TextRange[] = [];
  let next = 0;
  for (const piece of pieces) {
    const first = next;
    for (const character of piece.replaceAll(SPACE_SYMBOL, '')) {
      if (characters[next]?.character !== character) return undefined;
      next++;
    }
    const start = characters[first]?.start ?? text.length;
    // A blank can be a piece of its own.
    const end = next === first ? start : (characters[next - 1]?.end ?? start);
    ranges.push({ start, end });
  }
  return next === characters.length ? ranges : undefined;
}

interface NormalizedCharacter extends TextRange {
  readonly character: string;
}

/** All but blanks, each with the range that it comes from. */
function normalizedCharacters(text: string): NormalizedCharacter[] {
  const characters: NormalizedCharacter[] = [];
  let start = 0;
  for (const original of text) {
    const range = { start, end: (start += original.length) };
    for (const character of original.normalize('NFKC'))
      if (!isBlankAt(character, 0)) characters.push({ character, ...range });
  }
  return characters;
}
