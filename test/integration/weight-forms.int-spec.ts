import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashFile, type Manifest, readManifest, verifyFiles } from '#libs/prepared-model';
import { runCommand } from '../support/command-line.js';
import { CHECKPOINTS } from '../support/prepared-models.js';
import {
  copyWithoutWeights,
  type NamedWeight,
  readWeights,
  writeOnnx,
  writeSafetensors,
  writeTorch,
} from '../support/weight-forms.js';

/** Puts the weights into a folder that lacks them. */
type Fill = (folder: string) => Promise<void>;

const OTHER_FILES = [
  'config.json',
  'generation_config.json',
  'sentencepiece.bpe.model',
  'vocab.json',
];

let work: string;
let weights: NamedWeight[];
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'weight-forms-'));
  weights = await readWeights(CHECKPOINTS.tiny);
});
afterAll(() => rm(work, { recursive: true }));

let prepared = 0;

async function prepare(precision: string, fill: Fill): Promise<{ folder: string; source: string }> {
  const folder = join(work, `prepared-${++prepared}`);
  const source = join(work, `source-${prepared}`);
  await copyWithoutWeights(CHECKPOINTS.tiny, source);
  await fill(source);
  const run = await runCommand('prepare', source, '--output', folder, '--precision', precision);
  expect(run.errorLines.join('\n')).toMatch(/Prepared 100 languages/);
  expect(run.exitCode).toBe(0);
  return { folder, source };
}

/** Files of the fixture, which torch and Optimum have written. */
function fixture(...names: string[]): Fill {
  return async (folder) => {
    for (const name of names) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await copyFile(join(CHECKPOINTS.tiny, name), join(folder, name));
    }
  };
}

/** The same export at the checkpoint's top. */
function topExport(...names: string[]): Fill {
  return async (folder) => {
    for (const name of names)
      await copyFile(join(CHECKPOINTS.tiny, 'onnx', name), join(folder, name));
  };
}

/** Holds the bytes of graphs and weights against those of another form, and gives back the manifest. */
async function expectSame(form: string, reference: string): Promise<Manifest> {
  const manifest = await readManifest(form);
  const { source, ...rest } = await readManifest(reference);
  expect(manifest).toEqual({ ...rest, source: manifest.source });
  expect(await verifyFiles(form, manifest)).toEqual([]);
  for (const name of ['encoder.onnx', 'decoder.onnx', 'weights.data'])
    expect((await readFile(join(form, name))).equals(await readFile(join(reference, name)))).toBe(
      true,
    );
  expect(Object.keys(source.files)).toContain('config.json');
  return manifest;
}

const FULL_FORMS: [string, Fill, Manifest['source']['kind'], string[]][] = [
  ["torch's file", fixture('pytorch_model.bin'), 'torch', ['pytorch_model.bin']],
  [
    'torch shards',
    (folder) => writeTorch(folder, weights, { sharded: true }),
    'torch',
    [
      'pytorch_model-00001-of-00002.bin',
      'pytorch_model-00002-of-00002.bin',
      'pytorch_model.bin.index.json',
    ],
  ],
  [
    "Optimum's two files",
    fixture('onnx/encoder_model.onnx', 'onnx/decoder_model.onnx'),
    'onnx',
    ['onnx/decoder_model.onnx', 'onnx/encoder_model.onnx'],
  ],
  [
    "Optimum's merged decoder, at the top",
    topExport('encoder_model.onnx', 'decoder_model_merged.onnx'),
    'onnx',
    ['decoder_model_merged.onnx', 'encoder_model.onnx'],
  ],
  [
    'an export with external data',
    (folder) => writeOnnx(folder, weights, { subfolder: 'onnx/', external: true }),
    'onnx',
    [
      'onnx/decoder_model.onnx',
      'onnx/decoder_model.onnx_data',
      'onnx/encoder_model.onnx',
      'onnx/encoder_model.onnx_data',
    ],
  ],
  [
    'a merged export with external data that shares the output projection',
    (folder) => writeOnnx(folder, weights, { external: true, sharedHead: true, merged: true }),
    'onnx',
    [
      'decoder_model_merged.onnx',
      'decoder_model_merged.onnx_data',
      'encoder_model.onnx',
      'encoder_model.onnx_data',
    ],
  ],
];

describe.each(['fp32', 'int8'])('babelserve prepare in %s', (precision) => {
  let reference: string;
  beforeAll(async () => {
    ({ folder: reference } = await prepare(precision, fixture('model.safetensors')));
  });

  it.each(FULL_FORMS)('compiles %s to the bits of safetensors', async (_, fill, kind, names) => {
    const { folder, source } = await prepare(precision, fill);
    const manifest = await expectSame(folder, reference);
    expect(manifest.source.kind).toBe(kind);
    expect(Object.keys(manifest.source.files).sort()).toEqual([...OTHER_FILES, ...names].sort());
    for (const [name, entry] of Object.entries(manifest.source.files))
      expect(entry).toEqual(await hashFile(join(source, name)));
  });
});

describe('babelserve prepare', () => {
  it.each<[string, 'F16' | 'BF16', Fill]>([
    ['torch', 'F16', (folder) => writeTorch(folder, weights, { type: 'F16' })],
    ['torch', 'BF16', (folder) => writeTorch(folder, weights, { type: 'BF16' })],
    ['onnx', 'F16', (folder) => writeOnnx(folder, weights, { half: true })],
    [
      'onnx, merged and shared',
      'F16',
      (folder) =>
        writeOnnx(folder, weights, {
          subfolder: 'onnx/',
          half: true,
          merged: true,
          sharedHead: true,
          external: true,
        }),
    ],
  ])('compiles %s in %s to the bits of safetensors in the same type', async (_, type, fill) => {
    const { folder: reference } = await prepare('fp32', (folder) =>
      writeSafetensors(folder, weights, type),
    );
    await expectSame((await prepare('fp32', fill)).folder, reference);
  });

  it('takes safetensors before torch before onnx', async () => {
    const kinds: string[] = [];
    const all: Fill = async (folder) => {
      await fixture('onnx/encoder_model.onnx', 'onnx/decoder_model.onnx')(folder);
      if (kinds.length < 2) await fixture('pytorch_model.bin')(folder);
      if (kinds.length < 1) await fixture('model.safetensors')(folder);
    };
    for (let i = 0; i < 3; i++)
      kinds.push((await readManifest((await prepare('int8', all)).folder)).source.kind);
    expect(kinds).toEqual(['safetensors', 'torch', 'onnx']);
  });
});
