import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { InvariantError } from '#libs/domain';
import { halveSegment, splitLongSegment } from './long-segment.js';
import { M2M100Tokenizer } from './m2m100-tokenizer.js';
import type { TextPiece } from './text-piece.js';

const lengthOf = (text: string): number => text.length;
const joined = (pieces: readonly TextPiece[]): string => pieces.map(({ text }) => text).join('');
const textsOf = (pieces: readonly TextPiece[] | undefined): string[] | undefined =>
  pieces?.filter(({ kind }) => kind === 'text').map(({ text }) => text);

let demo: M2M100Tokenizer;
const countTokens = (text: string): number => demo.encode(text, 'en').length;

beforeAll(async () => {
  demo = await M2M100Tokenizer.load(
    fileURLToPath(new URL('../../../models/demo', import.meta.url)),
  );
});

describe('splitLongSegment', () => {
  it('leaves alone what fits', () => {
    expect(splitLongSegment(' one, two ', 8, lengthOf)).toEqual([
      { kind: 'space', text: ' ' },
      { kind: 'text', text: 'one, two' },
      { kind: 'space', text: ' ' },
    ]);
    expect(splitLongSegment('  ', 1, lengthOf)).toEqual([{ kind: 'space', text: '  ' }]);
  });

  it.each([
    [
      'at clauses before words',
      'When it rains, we stay at home',
      20,
      ['When it rains,', 'we stay at home'],
    ],
    ['at words before graphemes', 'one two three four', 10, ['one two', 'three four']],
    [
      'at a word rather than at an early clause',
      'a, bbb ccc ddd eee',
      16,
      ['a, bbb', 'ccc ddd eee'],
    ],
    ['not inside numbers and times', '10,000 at 12:30 or 9', 15, ['10,000 at', '12:30 or 9']],
    ['at East Asian clauses', '雨が降ると、家にいます', 8, ['雨が降ると、', '家にいます']],
    ['at East Asian words', '今日は天気が良いです', 6, ['今日は天気', 'が良いです']],
    ['between graphemes where a word is too long', 'a'.repeat(10), 4, ['aaaa', 'aaa', 'aaa']],
    ['not inside graphemes that fit', '👩‍👩‍👧'.repeat(3), 10, ['👩‍👩‍👧', '👩‍👩‍👧', '👩‍👩‍👧']],
    [
      'inside graphemes that do not',
      `e${'\u0301'.repeat(5)}`,
      3,
      ['e\u0301\u0301', '\u0301\u0301\u0301'],
    ],
  ])('splits %s', (_name, text, maxTokens, expected) => {
    const pieces = splitLongSegment(text, maxTokens, lengthOf);
    expect(textsOf(pieces)).toEqual(expected);
    expect(joined(pieces)).toBe(text);
  });

  it('never splits a surrogate pair', () => {
    expect(textsOf(splitLongSegment('\u{20000}'.repeat(4), 3, lengthOf))).toEqual(
      Array(4).fill('\u{20000}'),
    );
  });

  it('never splits a pair inside a grapheme that is too long either', () => {
    const pieces = textsOf(splitLongSegment(`e${'\u{1d167}'.repeat(4)}`, 4, lengthOf));
    expect(pieces?.join('')).toBe(`e${'\u{1d167}'.repeat(4)}`);
    for (const piece of pieces ?? []) expect(piece).not.toMatch(/\p{Surrogate}/u);
  });

  it('takes no clause border inside a grapheme', () => {
    for (const piece of textsOf(splitLongSegment('aaaa、\u0301bbbb', 8, lengthOf)) ?? []) {
      expect(piece).not.toMatch(/^\u0301/);
    }
  });

  it('makes pieces of about the same length', () => {
    const pieces = textsOf(splitLongSegment('word '.repeat(101).trim(), 100, lengthOf)) ?? [];
    const lengths = pieces.map(({ length }) => length);
    expect(Math.min(...lengths)).toBeGreaterThan(0.6 * Math.max(...lengths));
  });

  it('gives pieces that fit and, joined, are the text', () => {
    const unit = fc.oneof(
      fc.constantFrom(
        ' ',
        ', ',
        '、',
        'the ',
        'a',
        '漢',
        'トム',
        '😀',
        '\u0301',
        'ภาษา',
        '\n',
        'ﷺ',
      ),
      fc.string({ unit: 'binary', maxLength: 2 }),
    );
    fc.assert(
      fc.property(
        fc.string({ unit, maxLength: 150, size: 'max' }),
        fc.integer({ min: 24, max: 60 }),
        (text, maxTokens) => {
          const pieces = splitLongSegment(text, maxTokens, countTokens);
          expect(joined(pieces)).toBe(text);
          for (const piece of textsOf(pieces) ?? []) {
            expect(countTokens(piece)).toBeLessThanOrEqual(maxTokens);
            expect(piece).toBe(piece.trim());
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(['a', 'the dog, ', 'the dog ', '漢', '\u0301', '.', 'ﷺ', 'a     ', '👩‍👩‍👧'])(
    'counts each part of repetitions of %j a few times, not again from the start',
    (unit) => {
      const text = unit.repeat(20_000 / unit.length);
      let counted = 0;
      splitLongSegment(text, 30, (part) => {
        counted += part.length;
        return part.length;
      });
      expect(counted).toBeLessThan(5 * text.length);
    },
  );

  it('copes with a part that is much denser in tokens than the rest', () => {
    const text = 'a'.repeat(5_000) + 'ﷺ'.repeat(300) + 'a'.repeat(5_000);
    let counted = 0;
    const pieces = splitLongSegment(text, 100, (part) => {
      counted += part.length;
      return countTokens(part);
    });
    expect(joined(pieces)).toBe(text);
    expect(counted).toBeLessThan(8 * text.length);
  });

  it('takes it for a bug where not even one character may pass', () => {
    expect(() => splitLongSegment('ab', 1, () => 2)).toThrow(InvariantError);
  });
});

describe('halveSegment', () => {
  it.each([
    ['I like cats, but not dogs.', ['I like cats,', 'but not dogs.']],
    ['one, two three four five six', ['one, two three', 'four five six']],
    ['Hello world', ['Hello', 'world']],
    ['a b', ['a', 'b']],
    [' x,  y ', ['x,', 'y']],
    ['雨が降ると、家にいます', ['雨が降ると、', '家にいます']],
    ['ภาษาไทยง่าย', ['ภาษา', 'ไทยง่าย']],
  ])('splits %j near its middle', (text, expected) => {
    const halves = halveSegment(text);
    expect(textsOf(halves)).toEqual(expected);
    expect(joined(halves ?? [])).toBe(text);
  });

  it.each(['', ' ', 'Hello', ' Hello! ', '...', '- - -', 'Word .', '😀 😀', '( a', 'a', '漢'])(
    'leaves %j, which has no two words',
    (text) => {
      expect(halveSegment(text)).toBeUndefined();
    },
  );

  it('gives two parts with letters or numbers that, joined, are the text', () => {
    const unit = fc.constantFrom(
      ' ',
      ', ',
      '、',
      'the',
      'a',
      '漢',
      'トム',
      '😀',
      '\u0301',
      'ภาษา',
      '.',
      '7',
      '\u{20000}',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 30 }), (text) => {
        const halves = halveSegment(text);
        if (halves === undefined) return;
        expect(joined(halves)).toBe(text);
        expect(textsOf(halves)).toHaveLength(2);
        for (const half of textsOf(halves) ?? []) expect(half).toMatch(/[\p{L}\p{N}]/u);
      }),
    );
  });
});
