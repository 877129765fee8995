import { describe, expect, it } from 'vitest';
import { type CheckpointTraits, findRelease } from './release.js';

const RELEASED: CheckpointTraits = {
  kind: 'torch',
  statedName: 'hf_models/m2m100_418M',
  shape: {
    modelDim: 1024,
    heads: 16,
    headSize: 64,
    encoderLayers: 12,
    decoderLayers: 12,
    feedForwardDim: 4096,
    vocabularySize: 128_112,
    maxPositions: 1024,
  },
  sentencePieceSha256: 'd8f7c76ed2a5e0822be39f0a4f95a55eb19c78f4593ce609e2edbc2aea4d380a',
};
const LARGE = { ...RELEASED.shape, encoderLayers: 24, decoderLayers: 24, feedForwardDim: 8192 };

describe('findRelease', () => {
  it("knows the releases by their makers' own files", () => {
    expect(findRelease(RELEASED)).toBe('facebook/m2m100_418M');
    expect(findRelease({ ...RELEASED, statedName: 'hf_models/m2m100_1.2B', shape: LARGE })).toBe(
      'facebook/m2m100_1.2B',
    );
  });

  it('knows an ONNX export by the name of what was exported', () => {
    const exported = { ...RELEASED, statedName: 'facebook/m2m100_418M' };
    expect(findRelease({ ...exported, kind: 'onnx' })).toBe('facebook/m2m100_418M');
    // Any fork states this name.
    expect(findRelease({ ...exported, kind: 'safetensors' })).toBeUndefined();
  });

  it.each<[string, Partial<CheckpointTraits>]>([
    ['no name', { statedName: undefined }],
    ['the name of a fork', { statedName: 'someone/m2m100_418M-en-bem' }],
    ["the other size's name", { statedName: 'hf_models/m2m100_1.2B' }],
    ['another tokenizer', { sentencePieceSha256: 'a'.repeat(64) }],
    ['a row more', { shape: { ...RELEASED.shape, vocabularySize: 128_113 } }],
    ['the other shape', { shape: LARGE }],
  ])('takes a checkpoint with %s for no release', (_, change) => {
    expect(findRelease({ ...RELEASED, ...change })).toBeUndefined();
  });
});
