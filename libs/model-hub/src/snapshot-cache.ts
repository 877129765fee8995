import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import { OperatorError } from '#libs/domain';
import { fileFaultCode, JsonFields, readJsonFile } from '#libs/prepared-model';
import { type HubId, isCommit } from './hub-id.js';
import { type HubFile, requireInnerPath } from './hub-listing.js';

/** Written into a snapshot last: the files that make it whole. */
const RECORD_FILE = 'hub-snapshot.json';
const MAX_RECORD_BYTES = 1024 * 1024;
const LARGEST_FILE_BYTES = 2 ** 50;
const COMMIT = /^[0-9a-f]{40}$/;

/**
 * Where the files of one model lie in the cache:
 *
 * - `hub/<host>/<owner>--<name>/<commit>`: a snapshot, there only when it is whole,
 * - `….partial`: one that is being fetched,
 * - `refs/<revision>`: the commit that a branch or tag last stood for.
 */
export class SnapshotCache {
  readonly #folder: string;

  constructor(
    cacheFolder: string,
    endpoint: string,
    private readonly id: HubId,
  ) {
    // Hubs are kept apart: what a mirror says of a commit is its own word.
    const host = new URL(endpoint).host.replace(':', '_');
    this.#folder = resolve(cacheFolder, 'hub', host, id.name.replace('/', '--'));
  }

  folder(commit: string): string {
    return join(this.#folder, commit);
  }

  /** The model's own folder in the cache, made where it is missing. */
  async modelFolder(): Promise<string> {
    await mkdir(this.#folder, { recursive: true });
    return this.#folder;
  }

  partialFolder(commit: string): string {
    return join(this.#folder, `${commit}.partial`);
  }

  /** The commit that the revision is known to stand for: itself where it is one. */
  async knownCommit(): Promise<string | undefined> {
    if (isCommit(this.id)) return this.id.revision;
    try {
      const commit = (await readFile(this.#refFile, 'utf8')).trim();
      return COMMIT.test(commit) ? commit : undefined;
    } catch (error) {
      if (fileFaultCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Remembers what the revision stands for, for when the hub cannot be asked. */
  async remember(commit: string): Promise<void> {
    if (isCommit(this.id)) return;
    await mkdir(join(this.#folder, 'refs'), { recursive: true });
    const fresh = `${this.#refFile}.${randomUUID()}.partial`;
    await writeFile(fresh, `${commit}\n`);
    await rename(fresh, this.#refFile);
  }

  /** The snapshot's folder, or undefined where it is not there or lacks something. Sizes tell what broken copies leave. */
  async find(commit: string): Promise<string | undefined> {
    const folder = this.folder(commit);
    try {
      for (const [path, bytes] of await readRecord(join(folder, RECORD_FILE)))
        if ((await stat(join(folder, path))).size !== bytes) return undefined;
      return folder;
    } catch (error) {
      // A record that cannot be read is as good as none.
      if (error instanceof OperatorError || fileFaultCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Makes the folder to fetch into, out of what is left of an earlier snapshot or attempt. */
  async begin(commit: string): Promise<string> {
    const partial = this.partialFolder(commit);
    try {
      await rename(this.folder(commit), partial);
    } catch (error) {
      const code = fileFaultCode(error) ?? '';
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(code)) throw error;
      // Where both are there, the unfinished one is the newer.
      if (code !== 'ENOENT') await rm(this.folder(commit), { recursive: true });
    }
    await mkdir(partial, { recursive: true });
    return partial;
  }

  /** Declares the folder whole. */
  async complete(commit: string, files: readonly HubFile[]): Promise<string> {
    const sizes = Object.fromEntries(files.map(({ path, bytes }) => [path, bytes]));
    const record = { model: this.id.name, commit, files: sizes };
    const partial = this.partialFolder(commit);
    await writeFile(join(partial, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`);
    await rename(partial, this.folder(commit));
    return this.folder(commit);
  }

  get #refFile(): string {
    return join(this.#folder, 'refs', encodeURIComponent(this.id.revision));
  }
}

/** The model and commit that a snapshot's folder holds; undefined where the folder is no snapshot. */
export async function readSnapshotId(folder: string): Promise<HubId | undefined> {
  const path = join(folder, RECORD_FILE);
  try {
    const record = JsonFields.of(await readJsonFile(path, MAX_RECORD_BYTES), path);
    const name = record.string('model', /\//, 'the name of a model on a hub');
    return { name, revision: record.string('commit', COMMIT, 'a commit') };
  } catch (error) {
    if (error instanceof OperatorError) return undefined;
    throw error;
  }
}

async function readRecord(path: string): Promise<[path: string, bytes: number][]> {
  const files = JsonFields.of(await readJsonFile(path, MAX_RECORD_BYTES), path).child('files');
  return files.names().map((name) => {
    requireInnerPath(name, path);
    return [name, files.integer(name, { min: 0, max: LARGEST_FILE_BYTES })];
  });
}
