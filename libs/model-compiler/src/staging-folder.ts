import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileFaultCode } from '#libs/prepared-model';

/** Tells this process from an earlier one of the same id, which is the rule in containers. */
const PROCESS_KEY = randomUUID().slice(0, 8);
const SUFFIX = '.partial';
/** A staging folder of another machine is left alone for so long. */
const FOREIGN_LIFETIME_MS = 24 * 60 * 60 * 1000;

/**
 * A folder that is filled beside its target and renamed into place when it is complete, so that a target is
 * whole or not there.
 */
export class StagingFolder {
  private constructor(
    readonly path: string,
    private readonly target: string,
  ) {}

  /** Makes the folder, and removes those that ended processes left beside it. */
  static async create(target: string): Promise<StagingFolder> {
    // A link to a folder stands for the folder: what it names is replaced, not the link.
    const absolute = await realpath(target).catch(() => resolve(target));
    const parent = dirname(absolute);
    await mkdir(parent, { recursive: true });
    await removeStale(parent, basename(absolute));
    const path = temporaryPath(absolute);
    await mkdir(path);
    return new StagingFolder(path, absolute);
  }

  /**
   * Puts the folder in the target's place. What is there, besides an empty folder, is set aside first where
   * `replace` says so; else false comes back and nothing is changed.
   */
  async publish(replace: boolean): Promise<boolean> {
    await syncFolder(this.path);
    if (!(await renameInto(this.path, this.target))) {
      if (!replace) return false;
      const old = temporaryPath(this.target);
      await rename(this.target, old);
      try {
        await rename(this.path, this.target);
      } catch (error) {
        await rename(old, this.target);
        throw error;
      }
      await rm(old, { recursive: true, force: true });
    }
    await syncFolder(dirname(this.target));
    return true;
  }

  async discard(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Removes a folder that may not be there; nobody sees it half empty. */
export async function removeFolder(target: string): Promise<void> {
  const old = temporaryPath(resolve(target));
  try {
    await rename(target, old);
  } catch (error) {
    if (fileFaultCode(error) === 'ENOENT') return;
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

/** `.<name>.<host>.<pid>.<process>.<unique>.partial`, hidden beside the target. */
function temporaryPath(target: string): string {
  const owner = `${hostname()}.${process.pid}.${PROCESS_KEY}`;
  const unique = randomUUID().slice(0, 8);
  return join(dirname(target), `.${basename(target)}.${owner}.${unique}${SUFFIX}`);
}

/** False where the target exists and is no empty folder. */
async function renameInto(path: string, target: string): Promise<boolean> {
  try {
    await rename(path, target);
    return true;
  } catch (error) {
    const code = fileFaultCode(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

/** Renames reach the disk with the folder that holds the names. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function removeStale(parent: string, name: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(`.${name}.`) || !entry.endsWith(SUFFIX)) continue;
    const path = join(parent, entry);
    if (await isStale(path, entry.slice(name.length + 2, -SUFFIX.length)))
      await rm(path, { recursive: true, force: true });
  }
}

/** Whether its process has ended: known on this machine, guessed from the age elsewhere. */
async function isStale(path: string, owner: string): Promise<boolean> {
  const [, host, pid, processKey] = /^(.*)\.(\d+)\.([0-9a-f]{8})\.[0-9a-f]{8}$/.exec(owner) ?? [];
  if (host === hostname()) {
    if (Number(pid) === process.pid) return processKey !== PROCESS_KEY;
    return !isRunning(Number(pid));
  }
  const { mtimeMs } = await stat(path);
  return host !== undefined && Date.now() - mtimeMs > FOREIGN_LIFETIME_MS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, for somebody else.
    return fileFaultCode(error) === 'EPERM';
  }
}
