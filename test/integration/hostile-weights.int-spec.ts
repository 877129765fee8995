import { execFileSync } from 'node:child_process';
import { copyFile, cp, mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readManifest } from '#libs/prepared-model';
import { type CommandResult, runCommand, runCommandWith } from '../support/command-line.js';
import { onnxModel } from '../support/onnx-file.js';
import { CHECKPOINTS, preparedModel } from '../support/prepared-models.js';
import { pickle, torchFile, zipFile } from '../support/torch-file.js';
import { copyWithoutWeights } from '../support/weight-forms.js';

const CALLS_SYSTEM = fileURLToPath(new URL('../fixtures/torch/calls-system.bin', import.meta.url));
const GIB = 1024 * 1024 * 1024;
/** What a refusal may take beyond one that reads nothing. */
const MAX_EXTRA_MIB = 64;

let work: string;
let source: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'hostile-weights-'));
  source = join(work, 'source');
  await copyWithoutWeights(CHECKPOINTS.tiny, source);
});
afterEach(() => rm(work, { recursive: true }));

let usualPeakMiB: number;
beforeAll(async () => {
  const empty = await mkdtemp(join(tmpdir(), 'no-checkpoint-'));
  ({ peakMiB: usualPeakMiB } = await runCommand('prepare', empty, '-o', join(empty, 'prepared')));
  await rm(empty, { recursive: true });
});

function write(name: string, bytes: Uint8Array): Promise<void> {
  return writeFile(join(source, name), bytes);
}

/** A file of the size, whose rest takes no room on the disk. */
async function writeSparse(name: string, start: Uint8Array, bytes: number): Promise<void> {
  await write(name, start);
  await truncate(join(source, name), bytes);
}

function safetensors(header: unknown, announcedBytes?: number): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(announcedBytes ?? json.length));
  return Buffer.concat([length, json, Buffer.alloc(64)]);
}

async function writeDecoder(external: Readonly<Record<string, string>>): Promise<void> {
  const name = 'model.shared.weight';
  await write('encoder_model.onnx', onnxModel({}));
  await write('decoder_model.onnx', onnxModel({ tensors: [{ name, axes: [1303, 64], external }] }));
}

const overlapping = {
  a: { dtype: 'F32', shape: [8], data_offsets: [0, 32] },
  b: { dtype: 'F32', shape: [8], data_offsets: [16, 48] },
};
const dataPickle = pickle.of(pickle.dictionary([]));
const bomb = Buffer.concat([Buffer.from('N'), Buffer.alloc(8 * 1024 * 1024 - 16, 0x85)]);

describe('babelserve prepare', () => {
  it.each<[string, () => Promise<void>, RegExp]>([
    [
      'a pickle that calls os.system',
      () => copyFile(CALLS_SYSTEM, join(source, 'pytorch_model.bin')),
      /pytorch_model\.bin is not usable: it names "posix\.system"/,
    ],
    [
      'a pickle that nests millions of tuples',
      () => write('pytorch_model.bin', torchFile(pickle.of(bomb))),
      /it makes more than 500000 values/,
    ],
    [
      'a pickle of 3 GB',
      () => writeSparse('pytorch_model.bin', torchFile(dataPickle).subarray(0, 40), 3 * GIB),
      /is no usable zip file: End of central directory record signature not found/,
    ],
    [
      'a zip file whose entries overlap',
      () =>
        write(
          'pytorch_model.bin',
          zipFile([
            { name: 'm/data.pkl', content: dataPickle },
            { name: 'm/data/0', content: dataPickle, claims: { offset: 0 } },
          ]),
        ),
      /its entries m\/data\.pkl and m\/data\/0 overlap/,
    ],
    [
      'a zip file with an entry past its end',
      () =>
        write(
          'pytorch_model.bin',
          zipFile([{ name: 'm/data.pkl', content: dataPickle, claims: { bytes: 2 ** 31 } }]),
        ),
      /file data overflows file bounds/,
    ],
    [
      'a header of 2 GB',
      () => writeSparse('model.safetensors', safetensors({}, 2 * GIB), 3 * GIB),
      /announces a header of 2147483648 bytes; at most 8388608 are expected/,
    ],
    [
      'tensors that overlap',
      () => write('model.safetensors', safetensors(overlapping)),
      /the tensors a and b overlap/,
    ],
    [
      'an external file that is missing',
      () => writeDecoder({ location: 'decoder_model.onnx_data' }),
      /decoder_model\.onnx_data cannot be read: there is no such file/,
    ],
    [
      'an external file outside of the folder',
      () => writeDecoder({ location: '../../../etc/passwd' }),
      /are in "\.\.\/\.\.\/\.\.\/etc\/passwd"; a file beside it is expected/,
    ],
    [
      'an external file of an absolute path',
      () => writeDecoder({ location: '/etc/passwd' }),
      /are in "\/etc\/passwd"; a file beside it is expected/,
    ],
    [
      'external values past the end',
      () => writeDecoder({ location: 'vocab.json', offset: '1000000' }),
      /lie at bytes 1000000 to \d+ of vocab\.json, which has \d+/,
    ],
    [
      'a configuration that is a named pipe',
      async () => {
        await rm(join(source, 'config.json'));
        execFileSync('sh', ['-c', 'mkfifo "$0"', join(source, 'config.json')]);
      },
      /config\.json cannot be read: it is not a file\.$/,
    ],
    [
      'a configuration that never ends',
      async () => {
        await rm(join(source, 'config.json'));
        await symlink('/dev/zero', join(source, 'config.json'));
      },
      /config\.json cannot be read: it is not a file\.$/,
    ],
    [
      'an ONNX file of 3 GB of nothing',
      async () => {
        await write('encoder_model.onnx', onnxModel({}));
        await writeSparse('decoder_model.onnx', onnxModel({}), 3 * GIB);
      },
      /decoder_model\.onnx is no usable ONNX export: field number 0/,
    ],
  ])('refuses %s in one line and leaves nothing behind', async (_, plant, message) => {
    await plant();
    const before = (await readdir(source)).sort();
    const output = join(work, 'prepared');
    const { exitCode, errorLines, peakMiB } = await runCommand('prepare', source, '-o', output);
    expect(errorLines).toEqual([expect.stringMatching(message)]);
    expect(exitCode).toBe(1);
    expect(await readdir(work)).toEqual(['source']);
    expect((await readdir(source)).sort()).toEqual(before);
    expect(await readdir('.')).not.toContain('executed-by-the-unpickler');
    expect(peakMiB).toBeLessThan(usualPeakMiB + MAX_EXTRA_MIB);
  });
});

describe('a prepared model whose manifest names a file outside of it', () => {
  /** Where the file would be read from, or written to. */
  const OUTSIDE = '../outside.txt';

  async function plantModel(): Promise<string> {
    const model = join(work, 'model');
    await cp(await preparedModel('tiny', 'int8'), model, { recursive: true });
    const manifest = await readManifest(model);
    const files = { ...manifest.files, [OUTSIDE]: { bytes: 1, sha256: 'a'.repeat(64) } };
    await writeFile(join(model, 'manifest.json'), JSON.stringify({ ...manifest, files }));
    return model;
  }

  it.each<[string, (model: string, saved: string) => Promise<CommandResult>]>([
    ['verify', (model) => runCommand('verify', model)],
    ['translate', (model) => runCommand('translate', '-f', 'en', '-t', 'de', '--model', model)],
    ['serve', (model) => runCommandWith({ MODEL_WEIGHTS: model, PORT: '0' }, 'serve')],
    [
      'the saving of weights',
      (model, saved) => runCommandWith({ MODEL_WEIGHTS: model, SAVE_WEIGHTS: saved }, 'serve'),
    ],
  ])('is refused by %s in one line, and nothing is written', async (_, run) => {
    const { exitCode, errorLines } = await run(await plantModel(), join(work, 'saved'));
    expect(exitCode).toBe(1);
    expect(errorLines).toEqual([
      expect.stringMatching(/manifest\.json: .*\.\.\/outside\.txt .* a plain file name\.$/),
    ]);
    expect((await readdir(work)).sort()).toEqual(['model', 'source']);
  });
});
