import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PREPARED_FORMAT_VERSION, readManifest, verifyFiles } from '#libs/prepared-model';
import { ensurePrepared } from './ensure-prepared.js';
import type { ProgressStage } from './watch.js';

const TINY = fileURLToPath(new URL('../../../test/fixtures/tiny-m2m100', import.meta.url));

let cacheFolder: string;
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'ensure-prepared-'));
});
afterEach(() => rm(cacheFolder, { recursive: true }));

/** The folder, and whether it had to be compiled. */
async function ensure(
  source = TINY,
  precision: 'int8' | 'fp32' = 'int8',
): Promise<{ folder: string; compiled: boolean }> {
  const stages: ProgressStage[] = [];
  const folder = await ensurePrepared({
    source,
    cacheFolder,
    precision,
    onProgress: ({ stage }) => stages.push(stage),
  });
  expect(await verifyFiles(folder, await readManifest(folder))).toEqual([]);
  return { folder, compiled: stages.includes('compile') };
}

describe('ensurePrepared', () => {
  it('compiles once', async () => {
    const first = await ensure();
    const written = await stat(join(first.folder, 'weights.data'));
    const second = await ensure();
    expect(first.compiled).toBe(true);
    expect(second).toEqual({ folder: first.folder, compiled: false });
    expect((await stat(join(first.folder, 'weights.data'))).ino).toBe(written.ino);
  });

  it('keeps precisions and sources apart', async () => {
    const copy = join(cacheFolder, 'copy');
    await cp(TINY, copy, { recursive: true });
    const { folder } = await ensure();
    expect(await ensure(copy)).toEqual({ folder, compiled: false });
    expect((await ensure(TINY, 'fp32')).compiled).toBe(true);

    const config = join(copy, 'generation_config.json');
    const changed = (await readFile(config, 'utf8')).replace('"num_beams": 5', '"num_beams": 4');
    await writeFile(config, changed);
    const other = await ensure(copy);
    expect(other.compiled).toBe(true);
    expect((await readManifest(other.folder)).generation.beamSize).toBe(4);
  });

  it.each(['weights.data', 'manifest.json', 'encoder.onnx', 'vocab.json'])(
    'compiles anew where %s is cut short',
    async (name) => {
      const { folder } = await ensure();
      await truncate(join(folder, name), 100);
      expect(await ensure()).toEqual({ folder, compiled: true });
      expect(await readdir(cacheFolder)).toHaveLength(1);
    },
  );

  it('compiles anew where a file is missing', async () => {
    const { folder } = await ensure();
    await rm(join(folder, 'decoder.onnx'));
    expect(await ensure()).toEqual({ folder, compiled: true });
  });

  it('compiles anew where the folder is of another format', async () => {
    const { folder } = await ensure();
    const path = join(folder, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    const older = { ...manifest, formatVersion: PREPARED_FORMAT_VERSION + 1 };
    await writeFile(path, JSON.stringify(older));
    expect(await ensure()).toEqual({ folder, compiled: true });
  });

  it('gives calls at the same time one folder', async () => {
    const results = await Promise.all([ensure(), ensure(), ensure()]);
    expect(results.filter(({ compiled }) => compiled)).toHaveLength(1);
    expect(new Set(results.map(({ folder }) => folder)).size).toBe(1);
    expect(await readdir(cacheFolder)).toHaveLength(1);
  });
});
