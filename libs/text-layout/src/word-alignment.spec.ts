import { describe, expect, it } from 'vitest';
import type { Alignment } from '#libs/tokenization';
import { WordAlignment } from './word-alignment.js';
import { Words } from './words.js';

const SOURCE = 'I love this song.';
const TARGET = 'Ich liebe dieses Lied.';

/** Each word is a token. */
function alignWords(source: string, target: string, shares: readonly number[][]): WordAlignment {
  const [sources, targets] = [new Words(source), new Words(target)];
  const alignment: Alignment = {
    sources: sources.all,
    targets: targets.all,
    shares: shares.map((row) => Uint8Array.from(row)),
  };
  return new WordAlignment(sources, targets, alignment);
}

function wordsOf(alignment: WordAlignment, part: string): string | undefined {
  const start = SOURCE.indexOf(part);
  const range = alignment.rangeOf({ start, end: start + part.length });
  return range && TARGET.slice(range.start, range.end);
}

/** What the demo model attends to, about: the pronoun looks at the article more than at its own. */
const ATTENDED = [
  [100, 20, 120, 15],
  [10, 220, 5, 20],
  [5, 10, 200, 40],
  [0, 5, 30, 220],
];

describe('WordAlignment', () => {
  const alignment = alignWords(SOURCE, TARGET, ATTENDED);

  it.each([
    ['I', 'Ich'],
    ['love', 'liebe'],
    ['this song', 'dieses Lied'],
    ['song', 'Lied'],
    ['love this song', 'liebe dieses Lied'],
  ])('%s is %s', (part, words) => {
    expect(wordsOf(alignment, part)).toBe(words);
  });

  it('finds the gap between what comes from before and from behind a place', () => {
    const gap = alignment.gapAt(SOURCE.indexOf('this'));
    expect(gap && TARGET.slice(0, gap.start)).toBe('Ich liebe');
    expect(gap && TARGET.slice(gap.end)).toBe('dieses Lied.');
  });

  it('is sure of nothing where all look everywhere', () => {
    const blurred = alignWords(
      SOURCE,
      TARGET,
      ATTENDED.map((row) => row.map(() => 60)),
    );
    expect(wordsOf(blurred, 'I')).toBeUndefined();
    expect(blurred.gapAt(1)).toBeUndefined();
  });

  it('knows nothing of a part without words, nor of a translation without', () => {
    expect(alignment.rangeOf({ start: 1, end: 2 })).toBeUndefined();
    const empty = alignWords(SOURCE, '…', []);
    expect(empty.rangeOf({ start: 0, end: 1 })).toBeUndefined();
    expect(empty.gapAt(2)).toBeUndefined();
  });
});
