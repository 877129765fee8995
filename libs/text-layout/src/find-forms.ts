import type { TextRange } from '#libs/tokenization';

/** Letters that stand beside words in other alphabets than their own, without a blank. */
const UNSPACED = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー`;
const SPACED_LETTER = new RegExp(String.raw`[[\p{L}\p{M}\p{N}]--[${UNSPACED}]]`, 'v');
const KATAKANA = /[\p{sc=Katakana}ー]/u;
const IS_NAME = /^\p{L}/u;

/** Whether words are parted by blanks in the alphabet of a character. */
export function isSpacedLetter(character: string): boolean {
  return SPACED_LETTER.test(character);
}

/** Where any of the forms stands in a text; what begins with a letter has to be a word there. */
export function findForms(text: string, forms: readonly string[]): TextRange[] {
  const found: TextRange[] = [];
  for (const form of forms) {
    for (
      let start = text.indexOf(form);
      start >= 0;
      start = text.indexOf(form, start + form.length)
    ) {
      const end = start + form.length;
      if (!IS_NAME.test(form) || isWord(text, start, end)) found.push({ start, end });
    }
  }
  return found.sort((one, other) => one.start - other.start);
}

function isWord(text: string, start: number, end: number): boolean {
  const letters = [SPACED_LETTER, KATAKANA].find((alphabet) => alphabet.test(text.charAt(start)));
  return letters?.test(text.charAt(start - 1) + text.charAt(end)) !== true;
}
