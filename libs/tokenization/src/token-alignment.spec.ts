import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { M2M100Tokenizer } from './m2m100-tokenizer.js';
import { alignTokens, rangesOfPieces } from './token-alignment.js';

let demo: M2M100Tokenizer;
beforeAll(async () => {
  demo = await M2M100Tokenizer.load(
    fileURLToPath(new URL('../../../models/demo', import.meta.url)),
  );
});

function partsOf(text: string): string[] | undefined {
  return rangesOfPieces(text, demo.pieces(text))?.map(({ end, start }) => text.slice(start, end));
}

describe('rangesOfPieces', () => {
  it.each([
    'I love you.',
    '  Wo ist  der Bahnhof? ',
    '人生はチョコレートの箱のようなものだ。',
    'Ｔｏｍ！　１２',
  ])('finds the pieces of %j in it, all but blanks', (text) => {
    expect(partsOf(text)?.join('')).toBe(text.replace(/\s/g, ''));
  });

  it('gives all pieces of one character its place', () => {
    expect(partsOf('a … b')?.filter((part) => part === '…').length).toBeGreaterThan(0);
  });

  it('knows nothing of a text that the normaliser changes in another way', () => {
    // The accent is a character of its own.
    expect(partsOf('cafe\u0301')).toBeUndefined();
  });

  it('gives a blank that is a piece of its own an empty place', () => {
    const text = '! A\u030a';
    expect(demo.pieces(text)).toContain('▁');
    expect(partsOf(text)).toBeUndefined();
    expect(rangesOfPieces('! b', ['▁!', '▁', 'b'])).toEqual([
      { start: 0, end: 1 },
      { start: 2, end: 2 },
      { start: 2, end: 3 },
    ]);
  });

  it('is in order and inside for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        let done = 0;
        for (const { end, start } of rangesOfPieces(text, demo.pieces(text)) ?? []) {
          expect(end).toBeGreaterThanOrEqual(start);
          // One character may become several pieces, with blanks in between.
          expect(start).toBeGreaterThanOrEqual(done);
          expect(end).toBeLessThanOrEqual(text.length);
          done = start;
        }
      }),
    );
  });
});

describe('alignTokens', () => {
  it('leaves out the tag, the end and what is no text, on both sides', () => {
    const source = 'I love you.';
    const target = 'Ich liebe dich.';
    const sourceTokens = demo.encode(source, 'en').length;
    const tokenIds = Int32Array.from([2, ...demo.encode(target, 'de')]);
    const sourceAttention = Array.from(tokenIds.subarray(1), () =>
      Uint8Array.from({ length: sourceTokens }, (_, token) => token),
    );
    const alignment = alignTokens(demo, source, { tokenIds, sourceAttention });
    const { sources = [], targets = [], shares = [] } = alignment ?? {};
    expect(sources.map(({ end, start }) => source.slice(start, end)).join('')).toBe('Iloveyou.');
    expect(targets.map(({ end, start }) => target.slice(start, end)).join('')).toBe(
      'Ichliebedich.',
    );
    expect(shares).toHaveLength(targets.length);
    for (const row of shares) expect([...row]).toEqual(sources.map((_, token) => token + 1));
  });
});

describe('decodedRanges', () => {
  it('are the parts of the decoded text, in order', () => {
    const ids = fc.array(fc.nat({ max: 4999 }), { maxLength: 30 });
    fc.assert(
      fc.property(ids, (numbers) => {
        const tokenIds = Int32Array.from(numbers, (id) => id % demo.vocabularySize);
        const text = demo.decode(tokenIds);
        const ranges = demo.decodedRanges(tokenIds);
        expect(ranges).toHaveLength(tokenIds.length);
        const parts = ranges.map(({ end, start }) => text.slice(start, end)).join('');
        expect(parts.replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
      }),
    );
  });
});
