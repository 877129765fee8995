import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderLock } from './folder-lock.js';

const TIMES = { beatMs: 10, staleMs: 200 };
const signal = new AbortController().signal;

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'folder-lock-'));
  path = join(folder, 'x.lock');
});
afterEach(() => rm(folder, { recursive: true }));

function acquire(onWait: () => void = () => undefined): Promise<FolderLock> {
  return FolderLock.acquire(path, onWait, signal, TIMES);
}

describe('FolderLock', () => {
  it('lets one at a time in, however many come', async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const lock = await acquire();
        most = Math.max(most, ++inside);
        await new Promise(setImmediate);
        inside--;
        await lock.release();
      }),
    );
    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is kept for longer than it takes to be stale, while its holder lives', async () => {
    const lock = await acquire();
    let waits = 0;
    let isIn = false;
    const next = acquire(() => waits++).then((other) => {
      isIn = true;
      return other;
    });
    await new Promise((resolve) => setTimeout(resolve, 3 * TIMES.staleMs));
    expect([isIn, waits]).toEqual([false, 1]);
    lock.requireHeld();
    await lock.release();
    await (await next).release();
  });

  it('that nobody renews is taken by one of those who wait', async () => {
    await mkdir(path);
    const first = await Promise.race([acquire(), acquire()]);
    first.requireHeld();
    expect(await readdir(folder)).toEqual(['x.lock']);
  });

  it('that was taken over is noticed by its old holder', async () => {
    const lock = await acquire();
    await rename(path, `${path}.aside`);
    await mkdir(path);
    await expect
      .poll(() => {
        try {
          lock.requireHeld();
          return 'held';
        } catch (error) {
          return String(error);
        }
      })
      .toContain('was taken over by another process');
    await lock.release();
    expect(await readdir(folder)).toContain('x.lock');
  });
});
