import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { M2M100Tokenizer } from './m2m100-tokenizer.js';
import { isBlankAt, joinPieces, piecesOf, type TextPiece, trimRange } from './text-piece.js';

const text = (content: string): TextPiece => ({ kind: 'text', text: content });
const space = (content: string): TextPiece => ({ kind: 'space', text: content });

describe('piecesOf', () => {
  it('makes text of the ranges and space of the rest', () => {
    expect(
      piecesOf(' ab\ncd', [
        { start: 1, end: 3 },
        { start: 4, end: 6 },
      ]),
    ).toEqual([space(' '), text('ab'), space('\n'), text('cd')]);
    expect(
      piecesOf('abcd', [
        { start: 0, end: 2 },
        { start: 2, end: 4 },
      ]),
    ).toEqual([text('ab'), text('cd')]);
    expect(piecesOf('  ', [])).toEqual([space('  ')]);
    expect(piecesOf('', [])).toEqual([]);
  });
});

describe('blanks', () => {
  it('are all that the demo model leaves nothing of', async () => {
    const tokenizer = await M2M100Tokenizer.load(
      fileURLToPath(new URL('../../../models/demo', import.meta.url)),
    );
    const readAsNothing: number[] = [];
    for (let code = 1; code < 0xffff; code++) {
      const character = String.fromCharCode(code);
      const isLoneSurrogate = code >= 0xd800 && code < 0xe000;
      if (isLoneSurrogate || isBlankAt(character, 0)) continue;
      if (tokenizer.pieces(character).length === 0) readAsNothing.push(code);
    }
    // This table makes spaces of the space symbol and of U+FFFD, which are text all the same.
    expect(readAsNothing).toEqual([0x2581, 0xfffd]);
  });

  it('are trimmed at both ends', () => {
    expect(trimRange('\u200f a b \u200b\n', 0, 8)).toEqual({ start: 2, end: 5 });
    expect(trimRange(' \t\u3000', 0, 3)).toBeUndefined();
    expect(trimRange('\0', 0, 1)).toEqual({ start: 0, end: 1 });
  });
});

describe('joinPieces', () => {
  it('gives back pieces with what stood between them', () => {
    const pieces = [space('  '), text('A.'), space('\n'), text('B.'), space(' ')];
    expect(joinPieces(pieces, 'de')).toBe('  A.\nB. ');
    expect(joinPieces(pieces, 'ja')).toBe('  A.\nB. ');
  });

  it('puts a space between sentences that had none, where the language writes it', () => {
    const pieces = [text('Fine.'), text(''), text('Thanks.')];
    expect(joinPieces(pieces, 'en')).toBe('Fine. Thanks.');
    expect(joinPieces(pieces, 'zh')).toBe('Fine.Thanks.');
  });

  it('changes nothing where texts and spaces take turns', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string({ minLength: 1 }))), (pairs) => {
        const pieces = pairs.flatMap(([content, gap]) => [text(content), space(gap)]);
        expect(joinPieces(pieces, 'en')).toBe(pieces.map((piece) => piece.text).join(''));
      }),
    );
  });
});
