import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '#libs/domain';
import { describeFileFault, type FileEntry, hashFile } from '#libs/prepared-model';
import { StageProgress, type Watch } from './watch.js';

/** The files of a checkpoint as they were at one moment. */
export class SourceFiles {
  private constructor(
    private readonly folder: string,
    /** Sizes and hashes by name, in the order of the names. */
    readonly entries: Readonly<Record<string, FileEntry>>,
    private readonly stamps: ReadonlyMap<string, string>,
  ) {}

  static async read(folder: string, names: readonly string[], watch: Watch): Promise<SourceFiles> {
    const stamps = new Map<string, string>();
    for (const name of names) stamps.set(name, await stampOf(join(folder, name)));
    const entries = await hashFiles(folder, names, 'hash the source', watch);
    return new SourceFiles(folder, entries, stamps);
  }

  /** What was read since may belong to other content, so a file that has changed is an `OperatorError`. */
  async requireUnchanged(): Promise<void> {
    for (const [name, stamp] of this.stamps)
      if ((await stampOf(join(this.folder, name))) !== stamp)
        throw new OperatorError(
          `${join(this.folder, name)} was changed while it was read. Try again when nothing writes to it.`,
        );
  }
}

/** Sizes and hashes of files of a folder, by name, in the order of the names. */
export async function hashFiles(
  folder: string,
  names: readonly string[],
  stage: 'hash the source' | 'hash the result',
  watch: Watch,
): Promise<Record<string, FileEntry>> {
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  const progress = new StageProgress(watch, stage, totalBytes);
  const entries: Record<string, FileEntry> = {};
  for (const name of [...names].sort())
    entries[name] = await hashFile(join(folder, name), (bytes) => {
      progress.add(bytes);
    });
  return entries;
}

/** Tells whether a file is the one that was there, without reading it. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return [ino, size, mtimeMs].join();
  } catch (error) {
    throw new OperatorError(`${path} cannot be read: ${describeFileFault(error)}.`, {
      cause: error,
    });
  }
}
