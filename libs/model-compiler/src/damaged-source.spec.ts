import { cp, mkdtemp, readdir, readFile, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { hashFile } from '#libs/prepared-model';
import { randomInteger, seededRandom } from '#libs/testing';
import { prepareModel } from './prepare.js';

const TINY = fileURLToPath(new URL('../../../test/fixtures/tiny-m2m100', import.meta.url));
const FILES = [
  'config.json',
  'generation_config.json',
  'model.safetensors',
  'tokenizer_config.json',
  'sentencepiece.bpe.model',
  'vocab.json',
];

/** Weights that are read where there are none in safetensors, or in torch's format either. */
const OTHER_WEIGHTS = ['pytorch_model.bin', 'onnx/encoder_model.onnx', 'onnx/decoder_model.onnx'];
const OPTIONAL_FILES = ['generation_config.json', 'tokenizer_config.json'];

let work: string;
let source: string;
let output: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'prepare-'));
  source = join(work, 'source');
  output = join(work, 'prepared');
  await cp(TINY, source, { recursive: true });
});
afterEach(() => rm(work, { recursive: true }));

async function expectRefused(message: RegExp): Promise<void> {
  const prepared = prepareModel({ source, output, precision: 'int8' });
  await expect(prepared).rejects.toThrow(OperatorError);
  await expect(prepared).rejects.toThrow(message);
  expect(await readdir(work)).toEqual(['source']);
}

/** Changes a file of the source. */
async function change(name: string, edit: (bytes: Buffer) => Uint8Array): Promise<void> {
  const path = join(source, name);
  await writeFile(path, edit(await readFile(path)));
}

function noise(bytes: Buffer): Uint8Array {
  const random = seededRandom(5);
  return bytes.map(() => randomInteger(random, 0, 255));
}

/** Removes the weights that would be read instead of these. */
async function preferWeights(name: string): Promise<void> {
  const inOrder = ['model.safetensors', 'pytorch_model.bin'];
  const preferred = name.startsWith('onnx/') ? inOrder : inOrder.slice(0, inOrder.indexOf(name));
  for (const other of preferred) await unlink(join(source, other));
}

describe.each([...FILES, ...OTHER_WEIGHTS])('a source whose %s', (name) => {
  it.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['is empty', () => new Uint8Array()],
    ['is cut in half', (bytes) => bytes.subarray(0, bytes.length >> 1)],
    // The JSON files end with a line break or without one.
    ['lacks its end', (bytes) => bytes.subarray(0, bytes.length - 2)],
    ['is noise', noise],
  ])('%s is refused, and nothing is written', async (_what, edit) => {
    if (OTHER_WEIGHTS.includes(name)) await preferWeights(name);
    await change(name, edit);
    // One line that says which file it is.
    await expectRefused(new RegExp(`^[^\\n]*${name.replaceAll('.', '\\.')}[^\\n]*$`));
  });
});

describe('a source', () => {
  it.each(FILES.filter((name) => !OPTIONAL_FILES.includes(name)))(
    'that lacks its %s is refused',
    async (name) => {
      for (const other of ['onnx', 'pytorch_model.bin'])
        await rm(join(source, other), { recursive: true });
      await unlink(join(source, name));
      await expectRefused(new RegExp(name.replaceAll('.', '\\.')));
    },
  );

  it('with a weight that is no finite number is refused, and an older model stays', async () => {
    const manifest = join(output, 'manifest.json');
    await prepareModel({ source: TINY, output, precision: 'int8' });
    const before = await hashFile(manifest);
    await change('model.safetensors', (bytes) => {
      // The embedding stands last in the data.
      bytes.writeFloatLE(NaN, bytes.length - 4);
      return bytes;
    });
    const prepared = prepareModel({ source, output, precision: 'fp32' });
    await expect(prepared).rejects.toThrow(OperatorError);
    await expect(prepared).rejects.toThrow(/holds a value that is no finite number/);
    expect((await readdir(work)).sort()).toEqual(['prepared', 'source']);
    expect(await readdir(output)).toHaveLength(6);
    expect(await hashFile(manifest)).toEqual(before);
  });

  it('that is written to while it is compiled is refused', async () => {
    const path = join(source, 'model.safetensors');
    let touched: Promise<void> | undefined;
    const prepared = prepareModel({
      source,
      output,
      precision: 'int8',
      onProgress: ({ stage }) => {
        if (stage === 'compile') touched ??= utimes(path, 1, 1);
      },
    });
    await expect(prepared).rejects.toThrow(`${path} was changed while it was read.`);
    await touched;
    expect(await readdir(work)).toEqual(['source']);
  });
});
