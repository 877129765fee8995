import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '#libs/domain';
import { fileFaultCode } from '#libs/prepared-model';

export interface FolderLockTimes {
  /** How often the holder shows that it lives, and others look. */
  readonly beatMs: number;
  /** A lock that has not been renewed for so long belongs to nobody. */
  readonly staleMs: number;
}

export const DEFAULT_LOCK_TIMES: FolderLockTimes = { beatMs: 1000, staleMs: 10_000 };

/**
 * Lets one process at a time do something, on one machine or on several that share a disk. The lock is a
 * folder, since to make one succeeds for one process only; its holder renews the folder's time. Who waits
 * compares that time with what it was, so that clocks of different machines need not agree.
 */
export class FolderLock {
  #isLost = false;
  readonly #timer: NodeJS.Timeout;

  private constructor(
    private readonly path: string,
    private readonly inode: number,
    { beatMs }: FolderLockTimes,
  ) {
    this.#timer = setInterval(() => void this.#renew(), beatMs);
    this.#timer.unref();
  }

  /** @param onWait told once where another process holds the lock. */
  static async acquire(
    path: string,
    onWait: () => void,
    signal: AbortSignal,
    times: FolderLockTimes,
  ): Promise<FolderLock> {
    let seenMs: number | undefined;
    let seenAtMs = performance.now();
    for (;;) {
      if (await makeFolder(path)) return new FolderLock(path, (await stat(path)).ino, times);
      const renewedMs = await renewalTime(path);
      if (renewedMs === undefined) continue;
      if (seenMs === undefined) onWait();
      if (renewedMs !== seenMs) {
        seenMs = renewedMs;
        seenAtMs = performance.now();
      } else if (performance.now() - seenAtMs > times.staleMs) {
        await breakLock(path, renewedMs);
      }
      await sleep(times.beatMs);
      signal.throwIfAborted();
    }
  }

  /** @throws OperatorError where another process took the lock for abandoned. */
  requireHeld(): void {
    if (this.#isLost)
      throw new OperatorError(
        `${this.path} was taken over by another process while this one stood still. Start again.`,
      );
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (!this.#isLost) await rm(this.path, { recursive: true, force: true });
  }

  async #renew(): Promise<void> {
    try {
      const { ino } = await stat(this.path);
      if (ino !== this.inode) this.#isLost = true;
      else await utimes(this.path, new Date(), new Date());
    } catch (error) {
      // A disk that fails for a moment is not the end of it; a folder that is gone is.
      if (fileFaultCode(error) === 'ENOENT') this.#isLost = true;
    }
    if (this.#isLost) clearInterval(this.#timer);
  }
}

async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (fileFaultCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined where the lock has just been released. */
async function renewalTime(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (fileFaultCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Moves the abandoned lock away first: of several that try, one succeeds. */
async function breakLock(path: string, renewedMs: number): Promise<void> {
  const aside = `${path}.${randomUUID().slice(0, 8)}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (fileFaultCode(error) === 'ENOENT') return;
    throw error;
  }
  // Where another was quicker, this is its new lock: give it back.
  const isAbandoned = (await stat(aside)).mtimeMs === renewedMs;
  if (!isAbandoned && (await rename(aside, path).then(isTrue, isFalse))) return;
  await rm(aside, { recursive: true, force: true });
}

const isTrue = (): boolean => true;
const isFalse = (): boolean => false;
