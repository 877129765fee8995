import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BytePairEncoder } from './byte-pair-encoder.js';
import { parseSentencePieceModel, type SentencePiece } from './sentencepiece-model.js';
import { TextNormalizer } from './text-normalizer.js';
import { UserDefinedSymbols } from './user-defined-symbols.js';

const MODELS = {
  demo: 'models/demo/sentencepiece.bpe.model',
  symbols: 'test/fixtures/tokenization/symbols.model',
  spaces: 'test/fixtures/tokenization/spaces.model',
};

/** Made by sentencepiece 0.2.3, see test/fixtures/tokenization/README.md. */
const expected = JSON.parse(
  readFileSync(
    new URL('../../../test/fixtures/tokenization/expected-pieces.json', import.meta.url),
    'utf8',
  ),
) as { texts: string[]; pieces: Record<keyof typeof MODELS, string[][]> };

function loadModel(name: keyof typeof MODELS): {
  normalizer: TextNormalizer;
  encoder: BytePairEncoder;
} {
  const file = new URL(`../../../${MODELS[name]}`, import.meta.url);
  const model = parseSentencePieceModel(new Uint8Array(readFileSync(file)), name);
  const symbols = new UserDefinedSymbols(model.pieces);
  return {
    normalizer: new TextNormalizer(model.normalizer, symbols, name),
    encoder: new BytePairEncoder(model.pieces, symbols),
  };
}

function encoderOf(scores: Record<string, number>): BytePairEncoder {
  const pieces = Object.entries(scores).map(([text, score]): SentencePiece => ({
    text,
    score,
    type: 'normal',
  }));
  return new BytePairEncoder(pieces, new UserDefinedSymbols(pieces));
}

const ofModels = Object.keys(MODELS) as (keyof typeof MODELS)[];

describe('BytePairEncoder', () => {
  it.each(ofModels)("makes sentencepiece's pieces of 305 texts with the %s model", (name) => {
    const { normalizer, encoder } = loadModel(name);
    const pieces = expected.texts.map((text) => encoder.encode(normalizer.normalize(text)));
    expect(pieces).toEqual(expected.pieces[name]);
  });

  it('merges the highest score first, wherever it stands', () => {
    const scores = { a: -9, b: -9, c: -9, ab: -2, bc: -1, abc: -3 };
    expect(encoderOf(scores).encode('abc')).toEqual(['abc']);
    expect(encoderOf({ ...scores, abc: -3, bc: -3 }).encode('abc')).toEqual(['abc']);
    expect(encoderOf({ a: -9, b: -9, c: -9, ab: -2, bc: -1 }).encode('abc')).toEqual(['a', 'bc']);
  });

  it('merges the leftmost of equal scores first', () => {
    expect(encoderOf({ a: -9, aa: -1 }).encode('aaaaa')).toEqual(['aa', 'aa', 'a']);
    expect(encoderOf({ a: -9, b: -9, ab: -1, ba: -1 }).encode('aba')).toEqual(['ab', 'a']);
  });

  it('joins neighbours that it does not know, and only those', () => {
    expect(encoderOf({ a: -1, b: -1 }).encode('xyazb😀😀')).toEqual(['xy', 'a', 'z', 'b', '😀😀']);
  });

  it('never matches control or unknown pieces', () => {
    const pieces: SentencePiece[] = [
      { text: 'a', score: -1, type: 'normal' },
      { text: 'b', score: -1, type: 'normal' },
      { text: 'ab', score: 0, type: 'control' },
      { text: 'ba', score: 0, type: 'unknown' },
    ];
    expect(new BytePairEncoder(pieces, new UserDefinedSymbols(pieces)).encode('abba')).toEqual([
      'a',
      'b',
      'b',
      'a',
    ]);
  });

  it('never merges user-defined symbols with their neighbours', () => {
    const pieces: SentencePiece[] = [
      { text: 'a', score: 0, type: 'user-defined' },
      ...['b', 'ab', 'ba'].map((text): SentencePiece => ({ text, score: -1, type: 'normal' })),
    ];
    expect(new BytePairEncoder(pieces, new UserDefinedSymbols(pieces)).encode('bab')).toEqual([
      'b',
      'a',
      'b',
    ]);
  });

  it('gives pieces that, joined, are the text', () => {
    const { encoder } = loadModel('demo');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(encoder.encode(text).join('')).toBe(text);
      }),
    );
  });
});
