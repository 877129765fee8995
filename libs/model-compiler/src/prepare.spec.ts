import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { hashFile, readManifest, verifyFiles } from '#libs/prepared-model';
import { prepareModel, type PrepareStage } from './prepare.js';

const TINY = fileURLToPath(new URL('../../../test/fixtures/tiny-m2m100', import.meta.url));

let work: string;
let output: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'prepare-'));
  output = join(work, 'prepared');
});
afterEach(() => rm(work, { recursive: true }));

/** A copy of the fixture with a weight that is no number. */
async function brokenSource(): Promise<string> {
  const source = join(work, 'broken');
  await cp(TINY, source, { recursive: true });
  const path = join(source, 'model.safetensors');
  const bytes = await readFile(path);
  // The embedding stands last in the data.
  bytes.writeFloatLE(NaN, bytes.length - 4);
  await writeFile(path, bytes);
  return source;
}

describe.each(['fp32', 'int8'] as const)('prepareModel in %s', (precision) => {
  it('writes a folder that its manifest describes', async () => {
    const stages: PrepareStage[] = [];
    const manifest = await prepareModel({
      source: TINY,
      output,
      precision,
      onProgress: (stage) => stages.push(stage),
    });
    expect(stages).toEqual(['encoder', 'decoder', 'hashes']);
    expect(await readManifest(output)).toEqual(manifest);
    expect(await verifyFiles(output, manifest)).toEqual([]);
    expect((await readdir(output)).sort()).toEqual([
      'decoder.onnx',
      'encoder.onnx',
      'manifest.json',
      'sentencepiece.bpe.model',
      'vocab.json',
      'weights.data',
    ]);
    expect(manifest.source.files['model.safetensors']).toEqual(
      await hashFile(join(TINY, 'model.safetensors')),
    );
    expect(await readdir(work)).toEqual(['prepared']);
  });

  it('writes the same bytes again', async () => {
    const first = await prepareModel({ source: TINY, output, precision });
    const second = await prepareModel({ source: TINY, output, precision });
    expect(second).toEqual(first);
  });
});

describe('prepareModel', () => {
  it('makes the folders that lead to the output', async () => {
    const deep = join(work, 'a/b/c');
    await prepareModel({ source: TINY, output: deep, precision: 'int8' });
    expect((await readManifest(deep)).precision).toBe('int8');
  });

  it('replaces a prepared model and an empty folder', async () => {
    await mkdir(output);
    await prepareModel({ source: TINY, output, precision: 'int8' });
    await prepareModel({ source: TINY, output, precision: 'fp32' });
    expect((await readManifest(output)).precision).toBe('fp32');
    expect(await readdir(work)).toEqual(['prepared']);
  });

  it('leaves a folder of other things alone', async () => {
    await mkdir(output);
    await writeFile(join(output, 'thesis.txt'), 'years of work');
    await writeFile(join(output, 'manifest.json'), '{}');
    const prepared = prepareModel({ source: TINY, output, precision: 'int8' });
    await expect(prepared).rejects.toThrow(OperatorError);
    await expect(prepared).rejects.toThrow(/exists and is no prepared model; it is left alone/);
    expect((await readdir(output)).sort()).toEqual(['manifest.json', 'thesis.txt']);
    expect(await readdir(work)).toEqual(['prepared']);
  });

  it('leaves a file in the way alone', async () => {
    await writeFile(output, '');
    const prepared = prepareModel({ source: TINY, output, precision: 'int8' });
    await expect(prepared).rejects.toThrow(/cannot be written: a part of the path is not a folder/);
  });

  it('leaves nothing behind, and an older model in its place, when the source is bad', async () => {
    await prepareModel({ source: TINY, output, precision: 'int8' });
    const before = await hashFile(join(output, 'manifest.json'));
    const source = await brokenSource();
    const prepared = prepareModel({ source, output, precision: 'fp32' });
    await expect(prepared).rejects.toThrow(OperatorError);
    await expect(prepared).rejects.toThrow(/holds a value that is no finite number/);
    expect((await readdir(work)).sort()).toEqual(['broken', 'prepared']);
    expect(await hashFile(join(output, 'manifest.json'))).toEqual(before);
  });

  it('leaves nothing behind when the source is cut short', async () => {
    const source = await brokenSource();
    await truncate(join(source, 'model.safetensors'), 500_000);
    const prepared = prepareModel({ source, output, precision: 'int8' });
    await expect(prepared).rejects.toThrow(/cut short; fetch it again/);
    expect(await readdir(work)).toEqual(['broken']);
  });

  it('removes what ended processes left, and leaves what running ones write', async () => {
    // A process that has surely ended, and whose id this machine does not give out again at once.
    const { pid } = spawnSync(process.execPath, ['--version']);
    const name = (host: string, owner: number | string, key: string): string =>
      `.prepared.${host}.${owner}.${key}.00000000.partial`;
    const dead = name(hostname(), pid, 'aaaaaaaa');
    const sameIdBefore = name(hostname(), process.pid, 'aaaaaaaa');
    const running = name(hostname(), process.ppid, 'aaaaaaaa');
    const elsewhere = name('another.host', 1, 'aaaaaaaa');
    const notOurs = '.prepared.notes.partial';
    for (const folder of [dead, sameIdBefore, running, elsewhere, notOurs])
      await mkdir(join(work, folder));
    await prepareModel({ source: TINY, output, precision: 'int8' });
    expect((await readdir(work)).sort()).toEqual([elsewhere, notOurs, running, 'prepared'].sort());
  });
});
