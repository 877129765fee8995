import { mkdtemp, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { hashFile, verifyFiles, verifyFileSizes } from './file-hash.js';
import { readJsonFile } from './json-file.js';
import type { Manifest } from './manifest.js';

/** SHA-256 of "abc": FIPS 180-2, appendix B.1. */
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prepared-model-'));
  await writeFile(join(folder, 'a'), 'abc');
  await writeFile(join(folder, 'b'), 'abc');
});
afterEach(() => rm(folder, { recursive: true }));

/** Only `files` is read. */
const manifest = {
  files: { a: { bytes: 3, sha256: ABC }, b: { bytes: 3, sha256: ABC } },
} as unknown as Manifest;

describe('hashFile', () => {
  it('has the published value', async () => {
    expect(await hashFile(join(folder, 'a'))).toEqual({ bytes: 3, sha256: ABC });
  });

  it('hashes a file of many pieces as it does one buffer', async () => {
    const path = join(folder, 'large');
    await writeFile(path, Buffer.alloc(3_000_001, 'x'));
    const { bytes, sha256 } = await hashFile(path);
    expect(bytes).toBe(3_000_001);
    // `head -c 3000001 /dev/zero | tr '\0' x | sha256sum`
    expect(sha256).toBe('a3ccf84896e3e6d1185dee335e2f32266f86bd958bdc51fff840792fd520e351');
  });

  it('says why a file cannot be read', async () => {
    await expect(hashFile(folder)).rejects.toThrow(`${folder} cannot be read: it is a folder.`);
    await expect(hashFile(join(folder, 'none'))).rejects.toThrow(OperatorError);
  });
});

describe('verifyFiles', () => {
  it('finds nothing in a folder as it was written', async () => {
    expect(await verifyFiles(folder, manifest)).toEqual([]);
    expect(await verifyFileSizes(folder, manifest)).toEqual([]);
  });

  it('finds a cut file by its size', async () => {
    await truncate(join(folder, 'b'), 2);
    const faults = ['b has 2 bytes; the manifest says 3.'];
    expect(await verifyFiles(folder, manifest)).toEqual(faults);
    expect(await verifyFileSizes(folder, manifest)).toEqual(faults);
  });

  it('finds a changed byte by the hash alone', async () => {
    await writeFile(join(folder, 'a'), 'abd');
    expect(await verifyFileSizes(folder, manifest)).toEqual([]);
    expect(await verifyFiles(folder, manifest)).toEqual([
      expect.stringMatching(/^a has the SHA-256 [0-9a-f]{64}; the manifest says ba7816bf/),
    ]);
  });

  it('finds a missing file and goes on', async () => {
    await unlink(join(folder, 'a'));
    await truncate(join(folder, 'b'), 0);
    expect(await verifyFiles(folder, manifest)).toEqual([
      'a cannot be read: there is no such file or folder.',
      'b has 0 bytes; the manifest says 3.',
    ]);
  });
});

describe('readJsonFile', () => {
  it('does not read a file over the limit', async () => {
    await expect(readJsonFile(join(folder, 'a'), 2)).rejects.toThrow(
      /has 3 bytes; at most 2 are expected/,
    );
  });

  it('says where the JSON breaks', async () => {
    await expect(readJsonFile(join(folder, 'a'), 3)).rejects.toThrow(/is not valid JSON/);
  });
});
