import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visitSegments } from './icu-segments.js';

function segmentsOf(segmenter: Intl.Segmenter, text: string): string[] {
  const segments: string[] = [];
  let done = 0;
  visitSegments(segmenter, text, (start, end) => {
    expect(start).toBe(done);
    segments.push(text.slice(start, end));
    done = end;
  });
  expect(done).toBe(text.length);
  return segments;
}

const units = [
  'a',
  "don't",
  ' ',
  '. ',
  'A',
  '1,000',
  '👩‍👩‍👧',
  '🇩🇪',
  'e\u0301',
  '\r\n',
  '!" ',
  'é',
  '\u{1d165}\u{1d16d}',
  '-',
];
const longTexts = fc.string({
  unit: fc.constantFrom(...units),
  minLength: 0,
  maxLength: 1500,
  size: 'max',
});

describe('visitSegments', () => {
  it.each(['grapheme', 'word', 'sentence'] as const)(
    "finds ICU's %s boundaries across its windows",
    (granularity) => {
      const segmenter = new Intl.Segmenter('en', { granularity });
      fc.assert(
        fc.property(longTexts, (text) => {
          expect(segmentsOf(segmenter, text)).toEqual(
            [...segmenter.segment(text)].map(({ segment }) => segment),
          );
        }),
        { numRuns: 60 },
      );
    },
  );

  it('takes a segment that is longer than any window whole', () => {
    const text = `e${'\u0301'.repeat(5000)}a`;
    const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
    expect(segmentsOf(graphemes, text).map(({ length }) => length)).toEqual([5001, 1]);
  });
});
