import { MergeQueue } from './merge-queue.js';
import type { SentencePiece } from './sentencepiece-model.js';
import type { UserDefinedSymbols } from './user-defined-symbols.js';

/**
 * SentencePiece's byte-pair encoding: from single characters, always the adjacent pair whose concatenation is
 * the piece with the highest score is merged, the leftmost on a tie. It runs over the whole text (spaces are
 * characters), in O(n log n), and keeps nothing between calls.
 *
 * Source: google/sentencepiece, `src/bpe_model.cc`, and the joining of unknown pieces in
 * `src/sentencepiece_processor.cc`, `PopulateSentencePieceText`.
 */
export class BytePairEncoder {
  /** Of the pieces that match text. */
  readonly #scores: ReadonlyMap<string, number>;
  readonly #longestPiece: number;

  constructor(
    pieces: readonly SentencePiece[],
    private readonly symbols: UserDefinedSymbols,
  ) {
    const matching = pieces.filter(({ type }) => type === 'normal' || type === 'user-defined');
    this.#scores = new Map(matching.map(({ text, score }) => [text, score]));
    this.#longestPiece = matching.reduce((longest, { text }) => Math.max(longest, text.length), 0);
  }

  /** Pieces of a normalised text, in order; neighbours that the model does not know come joined as one. */
  encode(normalized: string): string[] {
    const symbols = this.#splitCharacters(normalized);
    this.#merge(normalized, symbols);
    return this.#collectPieces(normalized, symbols);
  }

  #splitCharacters(text: string): SymbolList {
    const list = new SymbolList(text.length);
    let position = 0;
    while (position < text.length) {
      const wholeLength = this.symbols.matchLength(text, position);
      const length = wholeLength > 0 ? wholeLength : characterLength(text, position);
      list.append(position, length, wholeLength > 0);
      position += length;
    }
    return list;
  }

  #merge(text: string, list: SymbolList): void {
    // Each merge takes one symbol away and offers at most two new ones.
    const queue = new MergeQueue(3 * list.count);
    const offer = (left: number): void => {
      const length = list.mergedLength(left);
      if (length === 0 || length > this.#longestPiece) return;
      const start = list.startOf(left);
      const score = this.#scores.get(text.slice(start, start + length));
      if (score !== undefined) queue.push(score, left, length);
    };
    for (let left = 0; left + 1 < list.count; left++) offer(left);
    for (let best = queue.pop(); best !== undefined; best = queue.pop()) {
      // Symbols only grow: another length means that one side was merged since.
      if (list.mergedLength(best.left) !== best.length) continue;
      const previous = list.mergeWithNext(best.left);
      if (previous >= 0) offer(previous);
      offer(best.left);
    }
  }

  #collectPieces(text: string, list: SymbolList): string[] {
    const pieces: string[] = [];
    let afterUnknown = false;
    for (const { start, length } of list.remaining()) {
      const piece = text.slice(start, start + length);
      const unknown = !this.#scores.has(piece);
      if (unknown && afterUnknown) pieces.push((pieces.pop() ?? '') + piece);
      else pieces.push(piece);
      afterUnknown = unknown;
    }
    return pieces;
  }
}

/** A linked list of substrings in typed arrays; a symbol that was merged into its left neighbour has length 0. */
class SymbolList {
  count = 0;
  readonly #starts: Int32Array;
  readonly #lengths: Int32Array;
  readonly #previous: Int32Array;
  readonly #next: Int32Array;
  /** 1 for user-defined symbols, which are never merged. */
  readonly #frozen: Uint8Array;

  constructor(capacity: number) {
    this.#starts = new Int32Array(capacity);
    this.#lengths = new Int32Array(capacity);
    this.#previous = new Int32Array(capacity);
    this.#next = new Int32Array(capacity).fill(-1);
    this.#frozen = new Uint8Array(capacity);
  }

  append(start: number, length: number, frozen: boolean): void {
    const index = this.count++;
    this.#starts[index] = start;
    this.#lengths[index] = length;
    this.#previous[index] = index - 1;
    if (index > 0) this.#next[index - 1] = index;
    this.#frozen[index] = frozen ? 1 : 0;
  }

  startOf(index: number): number {
    return this.#starts[index] ?? 0;
  }

  /** Length of the symbol with its right neighbour, or 0 where the two cannot be merged. */
  mergedLength(left: number): number {
    const leftLength = this.#lengths[left] ?? 0;
    const right = this.#next[left] ?? -1;
    if (leftLength === 0 || right < 0) return 0;
    if (this.#frozen[left] === 1 || this.#frozen[right] === 1) return 0;
    return leftLength + (this.#lengths[right] ?? 0);
  }

  /** Returns the index of the left neighbour, or -1. */
  mergeWithNext(left: number): number {
    const right = this.#next[left] ?? -1;
    const afterRight = this.#next[right] ?? -1;
    this.#lengths[left] = (this.#lengths[left] ?? 0) + (this.#lengths[right] ?? 0);
    this.#lengths[right] = 0;
    this.#next[left] = afterRight;
    if (afterRight >= 0) this.#previous[afterRight] = left;
    return this.#previous[left] ?? -1;
  }

  *remaining(): Generator<{ readonly start: number; readonly length: number }> {
    for (let index = this.count > 0 ? 0 : -1; index >= 0; index = this.#next[index] ?? -1) {
      yield { start: this.#starts[index] ?? 0, length: this.#lengths[index] ?? 0 };
    }
  }
}

function characterLength(text: string, position: number): number {
  return (text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1;
}
