import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_GENERATION_OPTIONS, OperatorError } from '#libs/domain';
import { type Manifest, PREPARED_FORMAT_VERSION } from './manifest.js';
import { parseManifest, readManifest } from './parse-manifest.js';

const entry = { bytes: 12, sha256: 'a'.repeat(64) };

const manifest: Manifest = {
  formatVersion: PREPARED_FORMAT_VERSION,
  family: 'm2m100',
  release: 'facebook/m2m100_418M',
  precision: 'int8',
  shape: {
    modelDim: 64,
    heads: 4,
    headSize: 16,
    encoderLayers: 2,
    decoderLayers: 3,
    feedForwardDim: 128,
    vocabularySize: 1303,
    maxPositions: 256,
  },
  tokens: { bos: 0, pad: 1, eos: 2, unk: 3, decoderStart: 2 },
  languages: ['de', 'en', 'ja'],
  generation: { ...DEFAULT_GENERATION_OPTIONS, beamSize: 5, earlyStopping: 'never' },
  selfTest: {
    sourceTokenIds: [1211, 5, 2],
    targetTokenIds: [2, 1213],
    steps: [
      { tokenIds: [7, 8], logProbabilities: [-0.25, -1.5] },
      { tokenIds: [9], logProbabilities: [-0.5] },
    ],
    roundingError: 0.03,
  },
  source: {
    kind: 'safetensors',
    files: { 'model.safetensors': entry },
    origin: `someone/model@${'0'.repeat(40)}`,
  },
  files: {
    'encoder.onnx': entry,
    'decoder.onnx': entry,
    'weights.data': entry,
    'sentencepiece.bpe.model': entry,
    'vocab.json': entry,
  },
};

/** The manifest with one field replaced, or left out where the value is undefined. */
function edited(path: string, value: unknown): string {
  const copy = structuredClone(manifest) as unknown as Record<string, unknown>;
  const names = path.split('/');
  const last = names.pop() ?? '';
  let object = copy;
  for (const name of names) object = object[name] as Record<string, unknown>;
  object[last] = value;
  return JSON.stringify(copy);
}

describe('parseManifest', () => {
  it('gives back what was written', () => {
    expect(parseManifest(JSON.stringify(manifest), 'm')).toEqual(manifest);
  });

  it('takes a model that is no release', () => {
    expect(parseManifest(edited('release', undefined), 'm').release).toBeUndefined();
  });

  it.each([
    ['formatVersion', PREPARED_FORMAT_VERSION + 1, /prepared in format \d+, .* Prepare it again/],
    ['formatVersion', '1', /m: formatVersion is "1"; it must be a whole number/],
    ['family', 'nllb', /family is "nllb"; it must be "m2m100" or "small100"/],
    [
      'release',
      'someone/fork',
      /release is "someone\/fork"; it must be "facebook\/m2m100_418M" or/,
    ],
    ['precision', undefined, /precision is missing; it must be "fp32" or "int8"/],
    ['shape', null, /shape is missing; it must be a JSON object/],
    ['shape/heads', 0, /shape\.heads is 0/],
    ['shape/heads', 8, /8 heads of 16 do not make the modelDim 64/],
    ['shape/vocabularySize', 1e300, /shape\.vocabularySize is 1e\+300/],
    ['shape/maxPositions', 1.5, /shape\.maxPositions is 1\.5/],
    ['tokens/eos', 1303, /tokens\.eos is 1303; it must be a whole number from 0 to 1302/],
    ['languages', [], /languages is \[\]; it must be a list of at least one code/],
    ['languages', ['en', 'de'], /sorted/],
    ['languages', ['de', 'de'], /each once/],
    ['languages', ['../x'], /a list of language codes/],
    ['generation/beamSize', 0, /beamSize is 0/],
    ['generation/repetitionPenalty', 0.5, /repetitionPenalty is 0\.5/],
    ['generation/earlyStopping', 'maybe', /generation\.earlyStopping is "maybe"/],
    ['source/origin', 'a/b@main', /source\.origin is "a\/b@main"; it must be the name of a model/],
    ['selfTest', undefined, /selfTest is missing/],
    ['selfTest/sourceTokenIds', [1303], /sourceTokenIds is \[1303\]; .* from 0 to 1302/],
    ['selfTest/sourceTokenIds', [], /a list of 1 to 64 whole numbers/],
    ['selfTest/targetTokenIds', [2, -1], /targetTokenIds is \[2,-1\]/],
    ['selfTest/targetTokenIds', [2], /selfTest\.steps is .*; it must be a list of 1, as many as/],
    ['selfTest/steps', 'none', /steps is "none"; it must be a list of 1 to 8 JSON/],
    ['selfTest/steps', [7, 7], /selfTest\.steps\.0 is 7; it must be a JSON object/],
    ['selfTest/steps', [{ tokenIds: [7] }], /steps\.0\.logProbabilities is missing; .* 1 numbers/],
    ['selfTest/roundingError', -1, /roundingError is -1; it must be a number from 0 on/],
    ['source/kind', 'tensorflow', /source\.kind is "tensorflow"/],
    ['files/decoder.onnx', undefined, /files lacks decoder\.onnx/],
    ['files/vocab.json', { ...entry, sha256: 'A'.repeat(64) }, /64 lower-case hexadecimal/],
    ['files/vocab.json', { ...entry, bytes: -1 }, /files\.vocab\.json\.bytes is -1/],
  ])('refuses %s = %j', (path, value, message) => {
    const parse = () => parseManifest(edited(path, value), 'm');
    expect(parse).toThrow(OperatorError);
    expect(parse).toThrow(message);
  });

  it('refuses a file name that leads out of the folder', () => {
    const files = { ...manifest.files, '../weights.data': entry };
    expect(() => parseManifest(edited('files', files), 'm')).toThrow(/plain file name/);
  });

  it('answers any JSON with a manifest or an OperatorError', () => {
    const paths = fc.constantFrom(
      'shape',
      'tokens',
      'languages',
      'generation',
      'selfTest',
      'files',
      'source',
    );
    fc.assert(
      fc.property(paths, fc.jsonValue(), (path, value) => {
        try {
          parseManifest(edited(path, value), 'm');
        } catch (error) {
          expect(error).toBeInstanceOf(OperatorError);
        }
      }),
    );
  });

  it('answers any text with an OperatorError', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => parseManifest(text, 'm')).toThrow(OperatorError);
      }),
    );
  });

  it('says which file is not there', async () => {
    await expect(readManifest('/nowhere')).rejects.toThrow(
      '/nowhere/manifest.json cannot be read: there is no such file or folder.',
    );
  });
});
