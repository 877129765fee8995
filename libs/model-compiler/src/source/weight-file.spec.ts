import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWeights } from './open-weights.js';
import { WeightFiles } from './weight-file.js';

const LFS_POINTER = [
  'version https://git-lfs.github.com/spec/v1',
  `oid sha256:${'0'.repeat(64)}`,
  'size 1935681888',
  '',
].join('\n');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weight-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('openWeights', () => {
  it.each(['model.safetensors', 'pytorch_model.bin'])(
    'says that %s is a pointer of Git LFS, and what to do',
    async (name) => {
      await writeFile(join(folder, name), LFS_POINTER);
      await expect(openWeights(folder)).rejects.toThrow(
        `${join(folder, name)} is a pointer of Git LFS, not the weights. Run "git lfs pull"`,
      );
    },
  );

  it('refuses a named pipe without waiting for a writer', async () => {
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'model.safetensors')]);
    await expect(openWeights(folder)).rejects.toThrow(/model\.safetensors .*it is not a file/);
  });

  it('refuses a folder and a link to nowhere', async () => {
    await mkdir(join(folder, 'model.safetensors'));
    await expect(openWeights(folder)).rejects.toThrow(/model\.safetensors .*it is a folder/);
    await rm(join(folder, 'model.safetensors'), { recursive: true });
    await symlink(join(folder, 'none'), join(folder, 'model.safetensors'));
    await expect(openWeights(folder)).rejects.toThrow(/holds no weights/);
  });
});

describe('WeightFiles', () => {
  it('opens a file once, and no more than 256', async () => {
    const files = new WeightFiles(folder);
    for (let i = 0; i <= 256; i++) await writeFile(join(folder, `w${i}`), '');
    expect(await files.open('w0')).toBe(await files.open('w0'));
    for (let i = 1; i < 256; i++) await files.open(`w${i}`);
    await expect(files.open('w256')).rejects.toThrow(/lie in more than 256 files/);
    await files.close();
  });
});
