import { mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileFaultCode, PlaceInLine, syncFile } from '#libs/prepared-model';
import type { Watch } from '../watch.js';

/** A folder may have many paths, so the line inside it has one name. */
const LINE_INSIDE = 'here';

/**
 * A folder that is filled aside and published when it is complete.
 *
 * A target that is not there is filled beside its place and renamed into it. One that is there may be a mount
 * point, and what is beside it another file system, or not ours to write. So it is filled inside, and its files are
 * moved up, the last of them being the one that readers know a whole folder by.
 */
export class StagingFolder {
  private constructor(
    private readonly target: string,
    private readonly isInside: boolean,
    private readonly place: PlaceInLine,
  ) {}

  /** Makes the folder, after all other processes that are about to publish to the same target. */
  static async create(target: string, watch: Watch): Promise<StagingFolder> {
    // A link to a folder stands for the folder.
    const absolute = await realpath(target).catch(() => resolve(target));
    for (;;) {
      if (await exists(absolute)) {
        const place = await PlaceInLine.take(absolute, LINE_INSIDE, watch);
        return new StagingFolder(absolute, true, place);
      }
      await mkdir(dirname(absolute), { recursive: true });
      const place = await PlaceInLine.take(dirname(absolute), basename(absolute), watch);
      if (!(await exists(absolute))) return new StagingFolder(absolute, false, place);
      // Whoever was ahead has made it.
      await place.leave();
    }
  }

  /** Removes what a process left in a target that was killed when it had published. */
  static async removeAbandoned(target: string): Promise<void> {
    await PlaceInLine.removeAbandoned(target, LINE_INSIDE);
  }

  get path(): string {
    return this.place.path;
  }

  /**
   * Puts the files in the target's place. Every file has to be on the disk. Where they are moved one by one, a
   * target that has the first and lacks the last is what a killed process left.
   */
  async publish(firstFile: string, lastFile: string): Promise<void> {
    await syncFile(this.path);
    if (this.isInside) await this.#moveUp(firstFile, lastFile);
    else {
      await rename(this.path, this.target);
      await syncFile(dirname(this.target));
    }
    await this.place.leave();
  }

  async discard(): Promise<void> {
    await this.place.leave();
  }

  /** Until the last file is there, the target is no whole folder, whatever else it holds. */
  async #moveUp(firstFile: string, lastFile: string): Promise<void> {
    const move = (name: string): Promise<void> =>
      rename(join(this.path, name), join(this.target, name));
    await rm(join(this.target, lastFile), { force: true });
    await syncFile(this.target);
    await move(firstFile);
    for (const name of await readdir(this.path)) if (name !== lastFile) await move(name);
    await syncFile(this.target);
    await move(lastFile);
    await syncFile(this.target);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (fileFaultCode(error) === 'ENOENT') return false;
    throw error;
  }
}
