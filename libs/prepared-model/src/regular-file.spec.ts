import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashFile } from './file-hash.js';
import { readJsonFile } from './json-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'regular-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe.each([
  ['a JSON file', (path: string) => readJsonFile(path, 1000)],
  ['a file that is hashed', (path: string) => hashFile(path)],
])('%s', (_what, read) => {
  it('that is a named pipe is refused without waiting for a writer', async () => {
    const path = join(folder, 'pipe');
    execFileSync('sh', ['-c', 'mkfifo "$0"', path]);
    await expect(read(path)).rejects.toThrow(`${path} cannot be read: it is not a file.`);
  });

  it('that is an endless device is refused unread', async () => {
    const path = join(folder, 'zeros');
    await symlink('/dev/zero', path);
    await expect(read(path)).rejects.toThrow(`${path} cannot be read: it is not a file.`);
  });

  it('that is a folder is refused', async () => {
    await expect(read(folder)).rejects.toThrow(`${folder} cannot be read: it is a folder.`);
  });
});
