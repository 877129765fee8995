import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { BytePairEncoder } from './byte-pair-encoder.js';
import { parseSentencePieceModel } from './sentencepiece-model.js';
import { TextNormalizer } from './text-normalizer.js';
import { UserDefinedSymbols } from './user-defined-symbols.js';

function readFixture(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../../${path}`, import.meta.url)));
}

const tiny = readFixture('test/fixtures/tiny-m2m100/sentencepiece.bpe.model');
const symbols = readFixture('test/fixtures/tokenization/symbols.model');

/** A length-delimited field; `payload` below 128 bytes. */
function message(field: number, ...payload: number[]): number[] {
  return [8 * field + 2, payload.length, ...payload];
}

function flag(field: number, value: number): number[] {
  return field < 16 ? [8 * field, value] : [((8 * field) % 128) + 128, (8 * field) >> 7, value];
}

function piece(text: string | number[], type = 1, scoreBytes = [0, 0, 0, 0]): number[] {
  const bytes = typeof text === 'string' ? [...Buffer.from(text)] : text;
  return message(1, ...message(1, ...bytes), 0x15, ...scoreBytes, ...flag(3, type));
}

const UNKNOWN = piece('<unk>', 2);
const BPE = message(2, ...flag(3, 2));
const NO_RULES = message(3);

function parse(...parts: number[][]): ReturnType<typeof parseSentencePieceModel> {
  return parseSentencePieceModel(Uint8Array.from(parts.flat()), 'some.model');
}

describe('parseSentencePieceModel', () => {
  it('reads pieces, scores, types and the normalizer of a checkpoint', () => {
    const { pieces, normalizer } = parseSentencePieceModel(tiny, 'tiny');
    expect(pieces).toHaveLength(1200);
    expect(pieces.slice(0, 5)).toEqual([
      { text: '<unk>', score: 0, type: 'unknown' },
      { text: '<s>', score: 0, type: 'control' },
      { text: '</s>', score: 0, type: 'control' },
      { text: '▁t', score: -0, type: 'normal' },
      { text: 'ch', score: -1, type: 'normal' },
    ]);
    expect(normalizer).toMatchObject({
      addDummyPrefix: true,
      removeExtraWhitespaces: true,
      escapeWhitespaces: true,
    });
    expect(normalizer.precompiledCharsmap.length).toBeGreaterThan(200_000);
  });

  it('knows user-defined from control symbols', () => {
    const { pieces } = parseSentencePieceModel(symbols, 'symbols');
    expect(pieces.filter(({ type }) => type === 'user-defined').map(({ text }) => text)).toEqual([
      '<sep>',
      '~',
      '~~',
      'the sea',
      ' x',
    ]);
    expect(pieces.filter(({ type }) => type === 'control').map(({ text }) => text)).toContain(
      '__de__',
    );
  });

  it('takes what SentencePiece does where the file is silent', () => {
    expect(parse(UNKNOWN, BPE, NO_RULES).normalizer).toEqual({
      precompiledCharsmap: new Uint8Array(),
      addDummyPrefix: true,
      removeExtraWhitespaces: true,
      escapeWhitespaces: true,
    });
  });

  it.each([
    [
      'a unigram model',
      [UNKNOWN, message(2), NO_RULES],
      /model type is unigram; M2M100 models are BPE/,
    ],
    ['a word model', [UNKNOWN, message(2, ...flag(3, 3)), NO_RULES], /model type is word/],
    ['no trainer spec', [UNKNOWN, NO_RULES], /no trainer spec/],
    ['no normalizer spec', [UNKNOWN, BPE], /no normalizer spec/],
    [
      'byte fallback',
      [UNKNOWN, message(2, ...flag(3, 2), ...flag(35, 1)), NO_RULES],
      /byte_fallback/,
    ],
    [
      'spaces as suffixes',
      [UNKNOWN, message(2, ...flag(3, 2), ...flag(24, 1)), NO_RULES],
      /treat_whitespace_as_suffix/,
    ],
    ['denormalization', [UNKNOWN, BPE, NO_RULES, message(5, ...message(2, 1))], /denormalization/],
    ['no unknown piece', [piece('a'), BPE, NO_RULES], /has 0 unknown pieces/],
    ['two unknown pieces', [UNKNOWN, piece('?', 2), BPE, NO_RULES], /has 2 unknown pieces/],
    ['a piece twice', [UNKNOWN, piece('a'), piece('a', 4), BPE, NO_RULES], /"a" is there twice/],
    [
      'an unused piece',
      [UNKNOWN, piece('a', 5), BPE, NO_RULES],
      /piece 1: type 5 is not supported/,
    ],
    ['an empty piece', [UNKNOWN, piece(''), BPE, NO_RULES], /piece 1: it is empty/],
    ['a piece that is not UTF-8', [piece([0xff]), BPE, NO_RULES], /piece 0: its text is not UTF-8/],
    [
      'a score that is no number',
      [piece('a', 1, [0, 0, 0xc0, 0x7f]), BPE, NO_RULES],
      /its score is NaN/,
    ],
    ['an empty file', [], /no trainer spec/],
  ])('refuses %s', (_name, parts, reason) => {
    expect(() => parse(...parts)).toThrow(OperatorError);
    expect(() => parse(...parts)).toThrow(/^some\.model is not a usable SentencePiece model: /);
    expect(() => parse(...parts)).toThrow(reason);
  });

  it('keeps a byte order mark in a piece', () => {
    expect(parse(piece('\ufeffa'), UNKNOWN, BPE, NO_RULES).pieces[0]?.text).toBe('\ufeffa');
  });

  it('refuses a file that is cut short anywhere', () => {
    for (let length = 0; length < symbols.length; length++) {
      expect(() => parseSentencePieceModel(symbols.subarray(0, length), 'cut')).toThrow(
        OperatorError,
      );
    }
    for (const length of [1, 1000, 20_000, 100_000, tiny.length - 1]) {
      expect(() => parseSentencePieceModel(tiny.subarray(0, length), 'cut')).toThrow(OperatorError);
    }
  });

  it('refuses or encodes with a damaged file, and neither hangs nor throws anything else', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    const text = 'The old ﬁsh, トム ①  __de__ ﷺ\u0344';
    fc.assert(
      fc.property(fc.constantFrom(symbols, tiny), damage, fc.boolean(), (bytes, changes, atEnd) => {
        const damaged = bytes.slice();
        // The tables of the tiny model are at its end.
        const from = atEnd && bytes === tiny ? 20_000 : 0;
        for (const [place, byte] of changes)
          damaged[from + (place % (damaged.length - from))] = byte;
        try {
          const { pieces, normalizer } = parseSentencePieceModel(damaged, 'damaged');
          const userDefined = new UserDefinedSymbols(pieces);
          const normalized = new TextNormalizer(normalizer, userDefined, 'damaged').normalize(text);
          const encoded = new BytePairEncoder(pieces, userDefined).encode(normalized);
          expect(encoded.join('')).toBe(normalized);
        } catch (error) {
          expect(error).toBeInstanceOf(OperatorError);
        }
      }),
      { numRuns: 150 },
    );
  });
});
