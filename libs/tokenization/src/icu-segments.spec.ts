import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visitSegments } from './icu-segments.js';

function segmentsOf(segmenter: Intl.Segmenter, text: string): string[] {
  const starts: number[] = [];
  const ends: number[] = [];
  visitSegments(segmenter, text, (start, end) => {
    starts.push(start);
    ends.push(end);
  });
  // Each begins where the one before ended, and the last at the end of the text.
  expect([...starts, text.length]).toEqual([0, ...ends]);
  return starts.map((start, index) => text.slice(start, ends[index]));
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

/** Counts what V8 copies: the whole input for each segment. */
class CopyCountingSegmenter extends Intl.Segmenter {
  copiedUnits = 0;

  override segment(input: string): Intl.Segments {
    const segments = super.segment(input);
    this.copiedUnits += input.length * [...segments].length;
    return segments;
  }
}

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

  it('has a bounded part of the text copied for each segment', () => {
    const segmenter = new CopyCountingSegmenter('en', { granularity: 'sentence' });
    const text = 'A. '.repeat(10_000);
    expect(segmentsOf(segmenter, text)).toHaveLength(10_000);
    expect(segmenter.copiedUnits).toBeLessThan(10_000 * 600);
  });

  it('takes a segment that is longer than any window whole', () => {
    const text = `e${'\u0301'.repeat(5000)}a`;
    const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
    expect(segmentsOf(graphemes, text).map(({ length }) => length)).toEqual([5001, 1]);
  });
});
