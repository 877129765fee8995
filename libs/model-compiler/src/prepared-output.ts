import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { OperatorError } from '#libs/domain';
import {
  describeFileFault,
  fileFaultCode,
  type FileEntry,
  type Manifest,
  type Precision,
  PACKED_FOLDER_PREFIX,
  PREPARED_FILES,
  readManifest,
  verifyFiles,
  verifyFileSizes,
} from '#libs/prepared-model';
import { StagingFolder } from './output/staging-folder.js';
import type { Watch } from './watch.js';

/** What a prepared model is made from and how: the same means the same content, byte by byte. */
export interface Wanted {
  readonly precision: Precision;
  readonly sourceFiles: Readonly<Record<string, FileEntry>>;
  /** Undefined where any will do. */
  readonly origin?: string | undefined;
}

export interface Prepared {
  readonly manifest: Manifest;
  /** `unchanged`: the folder held the model already. */
  readonly outcome: 'prepared' | 'unchanged';
}

interface FillOptions extends Watch {
  /** What tells whether the model is there already: `none` has it prepared anew. */
  readonly check: 'hashes' | 'sizes' | 'none';
}

/** What only the compiler writes; one of them is published before all else. */
const COMPILED_FILES: readonly string[] = [
  PREPARED_FILES.encoder,
  PREPARED_FILES.decoder,
  PREPARED_FILES.weights,
];

/**
 * Fills a folder with a prepared model: wholly or not at all, once where several processes want the same.
 * @param write writes all files, on the disk, into the folder that it is given.
 */
export async function fillPrepared(
  folder: string,
  wanted: Wanted,
  options: FillOptions,
  write: (staging: string) => Promise<Manifest>,
): Promise<Prepared> {
  const before = await findPrepared(folder, wanted, options.check);
  if (before !== undefined) {
    await StagingFolder.removeAbandoned(folder);
    return { manifest: before, outcome: 'unchanged' };
  }
  const staging = await StagingFolder.create(folder, options);
  try {
    // Another process may have made it while this one waited.
    const manifest = await findPrepared(folder, wanted, options.check);
    if (manifest !== undefined) return { manifest, outcome: 'unchanged' };
    const written = await write(staging.path);
    await removePacked(folder);
    await staging.publish(PREPARED_FILES.encoder, PREPARED_FILES.manifest);
    return { manifest: written, outcome: 'prepared' };
  } finally {
    await staging.discard();
  }
}

/** Removes what was packed of the model before. Engines that use it keep what they have mapped. */
async function removePacked(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    if (name.startsWith(PACKED_FOLDER_PREFIX))
      await rm(join(folder, name), { recursive: true, force: true });
}

/** Somebody's folder of other things is never written to. */
export async function requireReplaceable(folder: string): Promise<void> {
  const isOurs = (name: string): boolean => Object.values<string>(PREPARED_FILES).includes(name);
  const names = await visibleNames(folder);
  if (names.length === 0) return;
  const hasCompiled = names.some((name) => COMPILED_FILES.includes(name));
  // manifest.json alone is too common a name to know a prepared model by. Without it, the files are what is
  // left of one that was being replaced.
  if (hasCompiled && (names.includes(PREPARED_FILES.manifest) || names.every(isOurs))) return;
  throw new OperatorError(
    `${resolve(folder)} exists and is no prepared model; it is left alone. Name another folder.`,
  );
}

/** Names in a folder, none where it is missing. What file systems and volumes keep for themselves does not count. */
export async function visibleNames(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => !name.startsWith('.') && name !== 'lost+found');
  } catch (error) {
    if (fileFaultCode(error) === 'ENOENT') return [];
    throw new OperatorError(`${folder} cannot be written: ${describeFileFault(error)}.`, {
      cause: error,
    });
  }
}

/** The manifest of the folder where it holds the wanted model, whole. */
async function findPrepared(
  folder: string,
  { precision, sourceFiles, origin }: Wanted,
  check: FillOptions['check'],
): Promise<Manifest | undefined> {
  if (check === 'none') return undefined;
  try {
    const manifest = await readManifest(folder);
    if (manifest.precision !== precision) return undefined;
    if (!isDeepStrictEqual(manifest.source.files, sourceFiles)) return undefined;
    if (origin !== undefined && manifest.source.origin !== origin) return undefined;
    const verify = check === 'hashes' ? verifyFiles : verifyFileSizes;
    return (await verify(folder, manifest)).length === 0 ? manifest : undefined;
  } catch (error) {
    // No manifest, a broken one, one of another format: the model is not there.
    if (error instanceof OperatorError) return undefined;
    throw error;
  }
}
