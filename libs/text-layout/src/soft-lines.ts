import { UNSPACED_LANGUAGES } from '#libs/tokenization';

/** A line end between two lines that have something in them, with the blanks around it. */
const SOFT_LINE_END = /(?<=\S)[ \t]*(?:\r\n|[\n\r])[ \t]*(?=\S)/g;

/** Joins lines as their language does. Empty lines stay what they are. */
export function joinSoftLines(text: string, language: string): string {
  return text.replace(SOFT_LINE_END, UNSPACED_LANGUAGES.has(language) ? '' : ' ');
}
