import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { M2M100Tokenizer } from '#libs/tokenization';
import { openWeights } from '../../libs/model-compiler/src/source/open-weights.js';
import { onnxGraph, onnxModel } from '../support/onnx-file.js';
import { pickle, pickleView, torchFile, zipFile } from '../support/torch-file.js';
import { mutationsOf } from './mutation.js';

/** Few in the ordinary test run, many in `npm run test:fuzz`. */
const RUNS = inject('fuzzRuns');
const SEED = 20_261_125;
const MAX_RUN_MS = 20_000;
/** What a whole property may add to the peak of resident memory, garbage that is not collected yet included. */
const MAX_GROWTH_MIB = 400;

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fuzz-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Opens the file as the only weights of a folder and reads whatever it says that it holds. */
async function readWeights(fileName: string, bytes: Uint8Array): Promise<void> {
  await writeFile(join(folder, fileName), bytes);
  const source = await openWeights(folder);
  try {
    for (const name of source.names) await source.read(name);
  } finally {
    await source.close();
  }
}

/** Holds a reader to its promise on each file: an end in time, with success or an OperatorError. */
async function expectOrderlyEnd(
  files: fc.Arbitrary<Uint8Array>,
  read: (bytes: Uint8Array) => Promise<unknown>,
): Promise<void> {
  const peakBefore = process.resourceUsage().maxRSS;
  await fc.assert(
    fc.asyncProperty(files, async (bytes) => {
      try {
        await read(bytes);
      } catch (error) {
        if (!(error instanceof OperatorError)) throw error;
        expect(error.message).not.toContain('\n');
      }
    }),
    { numRuns: RUNS, seed: SEED, timeout: MAX_RUN_MS },
  );
  const growthMiB = (process.resourceUsage().maxRSS - peakBefore) / 1024;
  expect(growthMiB).toBeLessThan(MAX_GROWTH_MIB);
}

function float32(...values: number[]): Buffer {
  return Buffer.from(Float32Array.from(values).buffer);
}

function safetensors(): Buffer {
  const json = Buffer.from(
    JSON.stringify({
      __metadata__: { format: 'pt' },
      'a.weight': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
      'a.bias': { dtype: 'F16', shape: [2], data_offsets: [24, 28] },
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(28, 0x3c)]);
}

const dataPickle = pickle.of(
  pickle.dictionary([
    ['a.weight', pickleView({ key: '0', elements: 6, shape: [2, 3], strides: [1, 2] })],
    ['a.bias', pickleView({ key: '0', elements: 6, offset: 4, shape: [2] })],
  ]),
);
const storages = { '0': Buffer.alloc(24, 0x3c) };

function onnxDecoder(): Buffer {
  const external = { location: 'values.data', offset: '8', length: '16' };
  const branch = onnxGraph({
    nodes: [
      { operator: 'Identity', inputs: ['b_merged_0'], output: 'model.decoder.b.bias' },
      { operator: 'MatMul', name: '/model/decoder/fc1/MatMul', inputs: ['x', 'm_merged_0'] },
    ],
  });
  return onnxModel({
    nodes: [{ operator: 'If', name: 'optimum::if', graphs: [branch, branch] }],
    tensors: [
      { name: 'm_merged_0', axes: [2, 3], raw: float32(1, 2, 3, 4, 5, 6) },
      { name: 'b_merged_0', axes: [2], floats: float32(7, 8) },
      { name: 'model.decoder.c.bias_merged_0', axes: [4], external },
    ],
  });
}

describe('any file that is nearly', () => {
  it('safetensors is read or refused', async () => {
    const read = (bytes: Uint8Array) => readWeights('model.safetensors', bytes);
    await expectOrderlyEnd(mutationsOf(safetensors()), read);
    await rm(join(folder, 'model.safetensors'));
  });

  it.each([
    ["torch's", () => readFile(join(fixtures, 'torch/state.bin'))],
    ["torch's, in zip64", () => Promise.resolve(zip64File())],
  ])('%s is read or refused', async (_, valid) => {
    const read = (bytes: Uint8Array) => readWeights('pytorch_model.bin', bytes);
    await expectOrderlyEnd(mutationsOf(await valid()), read);
    await rm(join(folder, 'pytorch_model.bin'));
  });

  it('a pickled state dict is read or refused', async () => {
    const files = mutationsOf(dataPickle).map((bytes) => torchFile(bytes, storages));
    await expectOrderlyEnd(files, (bytes) => readWeights('pytorch_model.bin', bytes));
    await rm(join(folder, 'pytorch_model.bin'));
  });

  it('an ONNX export is read or refused', async () => {
    await writeFile(join(folder, 'encoder_model.onnx'), onnxModel({}));
    await writeFile(join(folder, 'values.data'), Buffer.alloc(24, 0x3c));
    const read = (bytes: Uint8Array) => readWeights('decoder_model.onnx', bytes);
    await expectOrderlyEnd(mutationsOf(onnxDecoder()), read);
    await rm(join(folder, 'encoder_model.onnx'));
    await rm(join(folder, 'decoder_model.onnx'));
  });

  it.each([
    ['a SentencePiece model', 'tokenization/symbols.model'],
    ['a SentencePiece model with rules', 'tiny-m2m100/sentencepiece.bpe.model'],
  ])('%s is read and used, or refused', async (_, model) => {
    await copyFile(join(fixtures, 'tiny-m2m100/vocab.json'), join(folder, 'vocab.json'));
    const valid = await readFile(join(fixtures, model));
    await expectOrderlyEnd(mutationsOf(valid), async (bytes) => {
      await writeFile(join(folder, 'sentencepiece.bpe.model'), bytes);
      const tokenizer = await M2M100Tokenizer.load(folder);
      tokenizer.encode('The ﬁrst  wörld, ½ 私は.', 'en');
    });
  });
});

describe('any bytes', () => {
  const start = (...first: number[]) =>
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([Buffer.from(first), bytes]));

  it.each<[string, string, number[]]>([
    ['safetensors', 'model.safetensors', [2, 0, 0, 0, 0, 0, 0, 0]],
    ['a zip file', 'pytorch_model.bin', [0x50, 0x4b, 3, 4]],
    ['an ONNX file', 'decoder_model.onnx', [8, 8, 0x3a]],
  ])('are read or refused as %s', async (_, fileName, magic) => {
    if (fileName.endsWith('.onnx'))
      await writeFile(join(folder, 'encoder_model.onnx'), onnxModel({}));
    const files = fc.oneof(start(), start(...magic));
    await expectOrderlyEnd(files, (bytes) => readWeights(fileName, bytes));
    await rm(join(folder, fileName));
  });

  it('are read or refused as a pickle', async () => {
    const files = fc
      .oneof(start(0x80, 2), start(0x80, 2, 0x7d, 0x28))
      .map((bytes) => torchFile(bytes, storages));
    await expectOrderlyEnd(files, (bytes) => readWeights('pytorch_model.bin', bytes));
    await rm(join(folder, 'pytorch_model.bin'));
  });

  it('are read or refused as a SentencePiece model', async () => {
    await expectOrderlyEnd(start(), async (bytes) => {
      await writeFile(join(folder, 'sentencepiece.bpe.model'), bytes);
      await M2M100Tokenizer.load(folder);
    });
  });
});

function zip64File(): Buffer {
  return zipFile(
    [
      { name: 'm/data.pkl', content: dataPickle },
      { name: 'm/data/0', content: storages['0'] },
    ],
    {},
  );
}
