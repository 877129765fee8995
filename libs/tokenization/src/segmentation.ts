import { keepsFullStop } from './abbreviations.js';
import { visitSegments } from './icu-segments.js';
import { isBlankAt, piecesOf, type TextPiece, type TextRange, trimRange } from './text-piece.js';

/** The longest word before a full stop that can be an abbreviation. */
const MAX_WORD_LENGTH = 12;
/** How far from a boundary anything else is looked at. */
const LOOK_AROUND = 8;

const LINE_END = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/g;
const HAS_LETTER = /\p{L}/u;
const HAS_LETTER_OR_NUMBER = /[\p{L}\p{N}]/u;
/** The last word, the full stop after it and closing marks: "(Dr." gives "Dr". */
const WORD_WITH_FULL_STOP = /(?:^|[^\p{L}\p{M}\p{N}.-])([\p{L}\p{M}\p{N}.-]+)\.$/u;
/** "It weighs 5 g." ends, though single letters otherwise stand for a word or a name. */
const NUMBER_WITH_UNIT = /\d\s?\p{Ll}\.$/u;
const ENDS_IN_CLOSING_MARK = /[\p{Pe}\p{Pf}\p{Pi}"']$/u;
const STARTS_WITH_CASED_LETTER = /^[\p{Lu}\p{Ll}]/u;
const STARTS_LOWER_CASE = /^\p{Ll}/u;
/** After a quotation, Japanese goes on with a particle, Chinese with a comma. */
const STARTS_WITH_PARTICLE = /^[とっなのはがをにもでか、，]/u;
const OPENING_MARKS = /\p{Ps}+$/u;
/** With “ and ‘, which close quotations in German and other languages. */
const EAST_ASIAN_OPENING_MARKS = /[\p{Ps}“‘]+$/u;
const EAST_ASIAN: ReadonlySet<string> = new Set(['ja', 'ko', 'zh']);
/** Closing marks that a space parts from their sentence: « Vraiment ? » dit-il. */
const CLOSING_MARKS = /^[\p{Pe}\p{Pf}]+[\s\u00a0]*/u;
/** Languages that open quotations with », which is a closing mark elsewhere. */
const INWARD_QUOTES: ReadonlySet<string> = new Set(['da', 'de', 'sl', 'hr', 'cs', 'sk']);

/**
 * Splits a text into sentences, for a model that was trained on single ones. Line ends always split. Within
 * a line the boundaries are ICU's (UAX 29), without those that it puts
 * - after abbreviations, initials and ordinals (`abbreviations.ts`),
 * - between closing quotation marks and the rest of the sentence: "Really?" he asked; 「はい。」と言った,
 * - around something without any letter: list numbers go with what follows, emoji with what they follow.
 *
 * `language` is a code of `LANGUAGES`. Linear in the length of the text. Joined, the pieces are the text.
 */
export function splitSentences(text: string, language: string): TextPiece[] {
  const segmenter = new Intl.Segmenter(language, { granularity: 'sentence' });
  const ranges: TextRange[] = [];
  let lineStart = 0;
  const addLine = (lineEnd: number): void => {
    let start = lineStart;
    for (const end of sentenceEnds(segmenter, text.slice(lineStart, lineEnd), language)) {
      const range = trimRange(text, start, lineStart + end);
      if (range !== undefined) ranges.push(range);
      start = lineStart + end;
    }
  };
  for (const lineBreak of text.matchAll(LINE_END)) {
    addLine(lineBreak.index);
    lineStart = lineBreak.index + lineBreak[0].length;
  }
  addLine(text.length);
  return piecesOf(text, ranges);
}

/** Ends of the sentences of one line, ascending; the last is that of the line. */
function sentenceEnds(segmenter: Intl.Segmenter, line: string, language: string): number[] {
  const ends: number[] = [];
  let hasLetter = false;
  visitSegments(segmenter, line, (start, end) => {
    const segment = line.slice(start, end);
    const last = ends.at(-1);
    if (last !== undefined) {
      const boundary = settleMarks(line, last, language);
      const goesOn =
        !hasLetter || !HAS_LETTER_OR_NUMBER.test(segment) || continues(line, boundary, language);
      ends.pop();
      if (!goesOn) {
        ends.push(boundary);
        hasLetter = false;
      }
    }
    ends.push(end);
    hasLetter ||= HAS_LETTER.test(segment);
  });
  return ends;
}

/** Opening marks that ICU counts to the sentence before belong to the next one, closing marks the reverse. */
function settleMarks(line: string, end: number, language: string): number {
  const before = line.slice(Math.max(0, end - LOOK_AROUND), end);
  const opening = (EAST_ASIAN.has(language) ? EAST_ASIAN_OPENING_MARKS : OPENING_MARKS).exec(
    before,
  );
  if (opening !== null) return end - opening[0].length;
  const after = line.slice(end, end + LOOK_AROUND);
  if (after.startsWith('»') && INWARD_QUOTES.has(language)) return end;
  return end + (CLOSING_MARKS.exec(after)?.[0].length ?? 0);
}

/** Whether the sentence before the boundary goes on after it. */
function continues(line: string, boundary: number, language: string): boolean {
  const start = Math.max(0, boundary - MAX_WORD_LENGTH - LOOK_AROUND);
  const before = line.slice(start, boundary).trimEnd();
  const after = line.slice(boundary, boundary + LOOK_AROUND);
  if (ENDS_IN_CLOSING_MARK.test(before)) {
    return STARTS_LOWER_CASE.test(after) || STARTS_WITH_PARTICLE.test(after);
  }
  if (!before.endsWith('.')) return false;
  // A name with a full stop in front (.NET), a letter that numbers something (Fig. 1.A).
  if (!isBlankAt(line, boundary - 1) && STARTS_WITH_CASED_LETTER.test(after)) return true;
  if (NUMBER_WITH_UNIT.test(before)) return false;
  const word = WORD_WITH_FULL_STOP.exec(before)?.[1];
  return word !== undefined && keepsFullStop(word, after, language);
}
