import type { Alignment } from '#libs/tokenization';

/** What the model read of a sentence. */
export interface ModelText {
  /** One line, with one blank where the sentence may have several. */
  readonly text: string;
  /** What the model read for the character at an index of the sentence; blanks do not count. */
  readonly readAt: (index: number) => string;
}

/**
 * The alignment of what the model read, as one of the sentence that it was made of. Undefined where the two
 * differ in more than blanks.
 */
export function alignSentence(
  sentence: string,
  { readAt, text }: ModelText,
  alignment: Alignment,
): Alignment | undefined {
  const places: number[] = [];
  for (let index = 0; index < sentence.length; index++)
    for (let count = lengthOf(readAt(index)); count > 0; count--) places.push(index);
  const counts = countsBefore(text);
  if (counts[text.length] !== places.length) return undefined;
  const sources = alignment.sources.map(({ end, start }) => {
    const first = places[counts[start] ?? 0] ?? sentence.length;
    const last = places[(counts[end] ?? 0) - 1] ?? -1;
    return { start: first, end: Math.max(first, last + 1) };
  });
  return { ...alignment, sources };
}

/** UTF-16 units that are not blank. */
function lengthOf(text: string): number {
  return text.replace(/\s/g, '').length;
}

/** How many units that are not blank stand before each index, and in all. */
function countsBefore(text: string): number[] {
  const counts = [0];
  let count = 0;
  for (const unit of text.split('')) counts.push((count += lengthOf(unit)));
  return counts;
}
