import { describe, expect, it } from 'vitest';
import { JsonFields, type ModelShape } from '#libs/prepared-model';
import { findFamily } from './family.js';

/** What the shape alone tells. */
function familyOf(shape: Partial<ModelShape>): string {
  const signs = {
    folder: 'here',
    config: JsonFields.of({}, 'config.json'),
    tokenizerConfig: undefined,
  };
  return findFamily(signs, {
    modelDim: 1024,
    heads: 16,
    headSize: 64,
    encoderLayers: 12,
    decoderLayers: 12,
    feedForwardDim: 4096,
    vocabularySize: 128_112,
    maxPositions: 1024,
    ...shape,
  });
}

describe('findFamily', () => {
  it('takes the released shapes for what they are', () => {
    expect(familyOf({})).toBe('m2m100');
    expect(familyOf({ encoderLayers: 24, decoderLayers: 24, feedForwardDim: 8192 })).toBe('m2m100');
    expect(familyOf({ decoderLayers: 3 })).toBe('small100');
  });

  it.each([128_104, 128_113, 128_114])('takes a fork with %i tokens for M2M100', (rows) => {
    expect(familyOf({ vocabularySize: rows })).toBe('m2m100');
  });

  it('refuses NLLB-200 by its vocabulary', () => {
    expect(() => familyOf({ vocabularySize: 256_206 })).toThrow(
      'The model in here is NLLB-200: its embedding has 256206 rows.',
    );
  });
});
