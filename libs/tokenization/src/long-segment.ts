import { assertInvariant } from '#libs/domain';
import { visitSegments } from './icu-segments.js';
import { isBlankAt, piecesOf, type TextPiece, type TextRange, trimRange } from './text-piece.js';

/** How good a place is for a cut, at each UTF-16 index of a text; 0 is inside a grapheme. */
const GRAPHEME = 1;
/** Between two words that stand together (Chinese, Japanese, Thai). */
const WORD = 2;
/** After white space. */
const SPACE = 3;
/** After a comma, a colon, a dash and the like, and the blanks that follow. */
const CLAUSE = 4;

/** Western marks need a space after them (not in 1,000 or 12:30), East Asian ones do not. */
const CLAUSE_END = /[,;:،؛!?؟–—…]["'\p{Pe}\p{Pf}]*(?=\s)|[、，；：。！？｡…][\p{Pe}\p{Pf}]*/gu;
const LETTER_OR_NUMBER = /[\p{L}\p{N}]/u;

/**
 * Splits a segment whose tokens are too many for the model, so that each piece of kind `text` has at most
 * `maxTokens` by `countTokens`: at the last clause border that leaves at least half of what fits, else
 * between words, else between graphemes, and inside one only where a single grapheme does not fit. The pieces
 * come out about equally long. Joined, they are the text.
 *
 * Each piece is counted once or a few times, never the text from its start: near-linear. `maxTokens` must
 * have room for any single character.
 */
export function splitLongSegment(
  text: string,
  maxTokens: number,
  countTokens: (text: string) => number,
): TextPiece[] {
  const whole = trimRange(text, 0, text.length);
  if (whole === undefined) return piecesOf(text, []);
  const total = countTokens(text.slice(whole.start, whole.end));
  if (total <= maxTokens) return piecesOf(text, [whole]);
  const source: CuttableText = { text, end: whole.end, ranks: rankCuts(text) };
  const budget: TokenBudget = { maxTokens, countTokens };
  const charsThatFit = ((whole.end - whole.start) * maxTokens) / total;
  const ranges: TextRange[] = [];
  let reach = charsThatFit;
  for (let start = whole.start; start < whole.end;) {
    const rest = whole.end - start;
    const aim = Math.ceil(rest / Math.ceil(rest / reach));
    const { end, piece } = cutFitting(source, start, start + aim, budget);
    if (piece !== undefined) ranges.push(piece);
    // Where the text is dense in tokens, the next try begins near what did fit.
    reach = Math.min(charsThatFit, 2 * (end - start));
    start = end;
  }
  return piecesOf(text, ranges);
}

/**
 * Splits a segment into two about equal ones at the best border near its middle, or gives undefined where it
 * has none: a single word is not split, and no half is without a letter or number.
 */
export function halveSegment(text: string): TextPiece[] | undefined {
  const whole = trimRange(text, 0, text.length);
  const first = text.search(LETTER_OR_NUMBER);
  if (whole === undefined || first < 0) return undefined;
  let last = text.length - 1;
  while (!LETTER_OR_NUMBER.test(String.fromCodePoint(text.codePointAt(last) ?? 0))) last--;
  const ranks = rankCuts(text);
  const middle = (whole.start + whole.end) / 2;
  const quarter = (whole.end - whole.start) / 4;
  let best: { readonly cut: number; readonly value: number } | undefined;
  for (let cut = first + 1; cut <= last; cut++) {
    const rank = ranks[cut] ?? 0;
    if (rank < WORD) continue;
    const distance = Math.abs(cut - middle);
    // Rank decides in the middle half, distance from the middle outside it.
    const value = distance <= quarter ? rank + 1 - distance / text.length : -distance / text.length;
    if (best === undefined || value > best.value) best = { cut, value };
  }
  if (best === undefined) return undefined;
  const halves = [trimRange(text, whole.start, best.cut), trimRange(text, best.cut, whole.end)];
  return piecesOf(
    text,
    halves.filter((half) => half !== undefined),
  );
}

interface CuttableText {
  readonly text: string;
  /** UTF-16 index where the part to cut up ends. */
  readonly end: number;
  readonly ranks: Uint8Array;
}

interface TokenBudget {
  readonly maxTokens: number;
  readonly countTokens: (text: string) => number;
}

/** Cuts a part off at `start`, up to `limit` or shorter, that fits; `piece` is what it holds beside blanks. */
function cutFitting(
  source: CuttableText,
  start: number,
  limit: number,
  { maxTokens, countTokens }: TokenBudget,
): { readonly end: number; readonly piece: TextRange | undefined } {
  const { text } = source;
  let reach = limit;
  for (;;) {
    const end = reach >= source.end ? source.end : bestCut(source, start, reach);
    const piece = trimRange(text, start, end);
    const count = piece === undefined ? 0 : countTokens(text.slice(piece.start, piece.end));
    if (count <= maxTokens) return { end, piece };
    assertInvariant(
      end - start > characterLength(text, start),
      `one character takes ${count} tokens of ${maxTokens}`,
    );
    const estimate = Math.floor(((end - start) * maxTokens) / count);
    reach = start + Math.max(1, Math.min(end - start - 1, estimate));
  }
}

/** The best cut after `start` up to `limit`: by rank in the latter half of the way, else anywhere on it. */
function bestCut({ text, ranks }: CuttableText, start: number, limit: number): number {
  const half = start + (limit - start) / 2;
  let best = 0;
  let bestRank = 0;
  for (let cut = limit; cut > start; cut--) {
    const rank = ranks[cut] ?? 0;
    if (cut < half && bestRank >= WORD) break;
    if (rank > bestRank) {
      best = cut;
      bestRank = rank;
    }
  }
  if (bestRank > 0) return best;
  // Inside a grapheme that is longer than the way: any border of characters will do.
  const first = start + characterLength(text, start);
  if (limit <= first) return first;
  return characterLength(text, limit - 1) === 2 ? limit - 1 : limit;
}

function rankCuts(text: string): Uint8Array {
  const ranks = new Uint8Array(text.length + 1);
  // Word borders outside a few scripts are white space; what ICU splits there does not depend on a locale.
  visitSegments(new Intl.Segmenter('en', { granularity: 'grapheme' }), text, (_start, end) => {
    ranks[end] = isBlankAt(text, end - 1) && !isBlankAt(text, end) ? SPACE : GRAPHEME;
  });
  const raise = (cut: number, rank: number): void => {
    const present = ranks[cut] ?? 0;
    if (present > 0 && present < rank) ranks[cut] = rank;
  };
  let afterWord = false;
  visitSegments(
    new Intl.Segmenter('en', { granularity: 'word' }),
    text,
    (start, _end, isWordLike) => {
      if (afterWord && isWordLike) raise(start, WORD);
      afterWord = isWordLike;
    },
  );
  for (const match of text.matchAll(CLAUSE_END)) {
    let cut = match.index + match[0].length;
    while (cut < text.length && isBlankAt(text, cut)) cut++;
    raise(cut, CLAUSE);
  }
  return ranks;
}

function characterLength(text: string, index: number): number {
  return (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
}
