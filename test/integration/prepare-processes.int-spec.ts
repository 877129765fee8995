import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readManifest, verifyFiles } from '#libs/prepared-model';
import { PrepareProcess } from '../support/prepare-process.js';
import { CHECKPOINTS } from '../support/prepared-models.js';

const source = CHECKPOINTS.demo;

let work: string;
let output: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'prepare-processes-'));
  output = join(work, 'prepared');
});
afterEach(() => rm(work, { recursive: true }));

const intoCache = (): Promise<PrepareProcess> =>
  PrepareProcess.start({ into: 'cache', source, cacheFolder: work, precision: 'int8' });
const intoFolder = (precision: 'int8' | 'fp32' = 'int8'): Promise<PrepareProcess> =>
  PrepareProcess.start({ into: 'folder', source, output, precision });

describe('several processes', () => {
  it('that want an entry of the cache at once get the same whole folder', async () => {
    const processes = await Promise.all([intoCache(), intoCache(), intoCache()]);
    const folders = await Promise.all(processes.map((each) => each.prepare()));
    expect(new Set(folders).size).toBe(1);
    const [folder = ''] = folders;
    expect(await verifyFiles(folder, await readManifest(folder))).toEqual([]);
    expect(await readdir(work)).toHaveLength(1);
  });

  it('that prepare the same at once compile it once', async () => {
    const processes = await Promise.all([intoFolder(), intoFolder(), intoFolder()]);
    const outcomes = await Promise.all(processes.map((each) => each.prepare()));
    expect(outcomes.sort()).toEqual(['prepared', 'unchanged', 'unchanged']);
    expect(await readdir(work)).toEqual(['prepared']);
  });

  it('that prepare different models at once leave one of them whole', async () => {
    const processes = await Promise.all([intoFolder('int8'), intoFolder('fp32')]);
    const outcomes = await Promise.all(processes.map((each) => each.prepare()));
    expect(outcomes).toEqual(['prepared', 'prepared']);
    expect(await verifyFiles(output, await readManifest(output))).toEqual([]);
    expect(await readdir(work)).toEqual(['prepared']);
    expect(await readdir(output)).toHaveLength(6);
  });

  it('do not wait for one that was killed', async () => {
    const killed = await intoFolder();
    killed.begin();
    while ((await readdir(work)).length === 0) await new Promise(setImmediate);
    await killed.kill();
    expect(await readdir(work)).toEqual([expect.stringMatching(/\.prepared\.partial$/)]);
    expect(await (await intoFolder()).prepare()).toBe('prepared');
    expect(await readdir(work)).toEqual(['prepared']);
  });
});
