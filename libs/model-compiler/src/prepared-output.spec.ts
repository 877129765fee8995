import {
  mkdir,
  mkdtemp,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { readManifest, verifyFiles } from '#libs/prepared-model';
import { prepareModel } from './prepare.js';

const TINY = fileURLToPath(new URL('../../../test/fixtures/tiny-m2m100', import.meta.url));

let work: string;
let output: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'prepare-'));
  output = join(work, 'prepared');
});
afterEach(() => rm(work, { recursive: true }));

describe('an output that exists', () => {
  /** What tells that a file was written anew. */
  const inodeOf = async (name: string): Promise<number> => (await stat(join(output, name))).ino;

  it('stays as it is where it holds the same model', async () => {
    const first = await prepareModel({ source: TINY, output, precision: 'int8' });
    const before = await inodeOf('weights.data');
    const second = await prepareModel({ source: TINY, output, precision: 'int8' });
    expect(second).toEqual({ manifest: first.manifest, outcome: 'unchanged' });
    expect(await inodeOf('weights.data')).toBe(before);
  });

  it('is prepared anew by force', async () => {
    await prepareModel({ source: TINY, output, precision: 'int8' });
    const before = await inodeOf('weights.data');
    const forced = await prepareModel({ source: TINY, output, precision: 'int8', force: true });
    expect(forced.outcome).toBe('prepared');
    expect(await inodeOf('weights.data')).not.toBe(before);
  });

  it('is filled where it is empty, and remains the folder that it was', async () => {
    await mkdir(output);
    const { ino } = await stat(output);
    await prepareModel({ source: TINY, output, precision: 'int8' });
    expect((await stat(output)).ino).toBe(ino);
    expect(await readdir(output)).toHaveLength(6);
  });

  it('is filled beside what a volume keeps in its root', async () => {
    await mkdir(join(output, 'lost+found'), { recursive: true });
    await writeFile(join(output, '.snapshot'), '');
    await prepareModel({ source: TINY, output, precision: 'int8' });
    expect(await readdir(output)).toHaveLength(8);
  });

  it('is replaced where it holds another model', async () => {
    await prepareModel({ source: TINY, output, precision: 'int8' });
    const { manifest } = await prepareModel({ source: TINY, output, precision: 'fp32' });
    expect(manifest.precision).toBe('fp32');
    expect(await verifyFiles(output, await readManifest(output))).toEqual([]);
    expect(await readdir(work)).toEqual(['prepared']);
    expect(await readdir(output)).toHaveLength(6);
  });

  it.each<[string, () => Promise<void>]>([
    ['a changed byte', () => writeFile(join(output, 'vocab.json'), '{}')],
    ['a missing file', () => unlink(join(output, 'encoder.onnx'))],
    ['a missing manifest', () => unlink(join(output, 'manifest.json'))],
    ['a broken manifest', () => truncate(join(output, 'manifest.json'), 100)],
  ])('is mended where it has %s', async (_what, damage) => {
    const { manifest } = await prepareModel({ source: TINY, output, precision: 'int8' });
    await damage();
    const again = await prepareModel({ source: TINY, output, precision: 'int8' });
    expect(again.outcome).toBe('prepared');
    expect(again.manifest).toEqual(manifest);
    expect(await verifyFiles(output, manifest)).toEqual([]);
  });

  it('is what a link leads to', async () => {
    await mkdir(join(work, 'real'));
    await symlink(join(work, 'real'), output);
    await prepareModel({ source: TINY, output, precision: 'int8' });
    expect(await readdir(join(work, 'real'))).toHaveLength(6);
  });

  it.each([
    [['thesis.txt', 'manifest.json']],
    [['config.json', 'model.safetensors', 'vocab.json']],
    [['vocab.json', 'sentencepiece.bpe.model']],
    [['manifest.json']],
  ])('is left alone where it holds %j', async (names) => {
    await mkdir(output);
    for (const name of names) await writeFile(join(output, name), '{}');
    const prepared = prepareModel({ source: TINY, output, precision: 'int8' });
    await expect(prepared).rejects.toThrow(OperatorError);
    await expect(prepared).rejects.toThrow(/exists and is no prepared model; it is left alone/);
    expect((await readdir(output)).sort()).toEqual([...names].sort());
  });

  it('is left alone where it is a file', async () => {
    await writeFile(output, '');
    const prepared = prepareModel({ source: TINY, output, precision: 'int8' });
    await expect(prepared).rejects.toThrow(/cannot be written: a part of the path is not a folder/);
  });
});
