/**
 * A part of a text: `text` goes through the model, `space` (blanks, line ends, invisible characters) comes
 * back as it is. The parts of a text, joined, are the text.
 */
export interface TextPiece {
  readonly kind: 'text' | 'space';
  readonly text: string;
}

/** A part of a text, as UTF-16 indices. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Characters that a translation has nothing to say about: white space, controls other than NUL (which is
 * text), zero-width spaces, joiners and direction marks. Models of the family read them as space or nothing.
 */
// eslint-disable-next-line no-control-regex
const BLANK = /[\s\u0001-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2060\ufeff]/;

export function isBlankAt(text: string, index: number): boolean {
  return BLANK.test(text.charAt(index));
}

/** The range without the blanks at its ends, or undefined where nothing else is in it. */
export function trimRange(text: string, start: number, end: number): TextRange | undefined {
  while (start < end && isBlankAt(text, start)) start++;
  while (end > start && isBlankAt(text, end - 1)) end--;
  return start < end ? { start, end } : undefined;
}

/** Pieces of a whole text: the given ranges, ascending, are its `text`, all between them is `space`. */
export function piecesOf(text: string, ranges: readonly TextRange[]): TextPiece[] {
  const pieces: TextPiece[] = [];
  let done = 0;
  for (const { start, end } of ranges) {
    if (start > done) pieces.push({ kind: 'space', text: text.slice(done, start) });
    pieces.push({ kind: 'text', text: text.slice(start, end) });
    done = end;
  }
  if (done < text.length) pieces.push({ kind: 'space', text: text.slice(done) });
  return pieces;
}

/** A text as one piece, with the blanks at its ends apart. */
export function wholeText(text: string): TextPiece[] {
  const range = trimRange(text, 0, text.length);
  return piecesOf(text, range === undefined ? [] : [range]);
}

/** Languages that are written without spaces: sentences stand together, and lines go on, without one. */
export const UNSPACED_LANGUAGES: ReadonlySet<string> = new Set(['ja', 'zh']);

/**
 * Joins translated pieces. Two that stood together without a space (Japanese sentences, say) get one where
 * the target language writes it.
 */
export function joinPieces(pieces: readonly TextPiece[], targetLanguage: string): string {
  const gap = UNSPACED_LANGUAGES.has(targetLanguage) ? '' : ' ';
  let joined = '';
  let afterText = false;
  for (const { kind, text } of pieces) {
    if (text === '') continue;
    joined += kind === 'text' && afterText ? gap + text : text;
    afterText = kind === 'text';
  }
  return joined;
}
