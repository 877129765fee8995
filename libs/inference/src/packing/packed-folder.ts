import { createHash } from 'node:crypto';
import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { OperatorError } from '#libs/domain';
import {
  PACKED_FOLDER_PREFIX,
  PREPARED_FILES,
  readJsonFile,
  syncFile,
  writeFileSynced,
} from '#libs/prepared-model';
import { cpuFeatures } from '../onnx/cpu-features.js';
import { ONNXRUNTIME_VERSION } from '../onnx/session-options.js';

/** Written last: the length of every other file in the folder. */
const SIZES_FILE = 'sizes.json';
const MAX_SIZES_BYTES = 4096;
const NAME_DIGITS = 16;

/** Packed to unpacked: the graphs share tables, which each of them gets, and some weights are kept in both forms. */
const PACKED_RATIO = 2;

/** What graphs are packed from. */
const SOURCES = [PREPARED_FILES.encoder, PREPARED_FILES.decoder, PREPARED_FILES.weights];

/**
 * Where the packed graphs of a prepared model belong. The name changes with all that they depend on: the model,
 * and when its files were last written, lest one that was mended lives on as it was packed before; onnxruntime; and
 * the processor, whose kernels choose the form. Times are whole seconds, which is what archives and layers of
 * images keep of them.
 */
export async function packedFolderOf(preparedFolder: string): Promise<string> {
  const manifest = await readFile(join(preparedFolder, PREPARED_FILES.manifest));
  const sources = await Promise.all(SOURCES.map((name) => stat(join(preparedFolder, name))));
  const writtenAtSeconds = sources.map(({ mtimeMs }) => Math.floor(mtimeMs / 1000));
  const machine = [ONNXRUNTIME_VERSION, process.arch, ...(await cpuFeatures())];
  const hash = createHash('sha256')
    .update(manifest)
    .update([...writtenAtSeconds, ...machine].join('\0'))
    .digest('hex');
  return join(preparedFolder, `${PACKED_FOLDER_PREFIX}${hash.slice(0, NAME_DIGITS)}`);
}

/** How many packed folders there are that this machine has no use for: made for others, or of other files. */
export async function countFoldersOfOthers(preparedFolder: string): Promise<number> {
  try {
    const own = basename(await packedFolderOf(preparedFolder));
    const names = await readdir(preparedFolder);
    return names.filter((name) => name.startsWith(PACKED_FOLDER_PREFIX) && name !== own).length;
  } catch {
    // It is told beside the reason why nothing was packed, which is the same.
    return 0;
  }
}

/** About how many bytes packed graphs take. */
export async function estimatePackedBytes(preparedFolder: string): Promise<number> {
  const sources = await Promise.all(SOURCES.map((name) => stat(join(preparedFolder, name))));
  return PACKED_RATIO * sources.reduce((sum, { size }) => sum + size, 0);
}

/** Rejects with an `OperatorError` where the disk has no room for them: onnxruntime would fill it, and not say why. */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { blocks, bavail, bsize } = await statfs(folder);
  // Some network file systems do not say.
  if (blocks === 0 || bavail * bsize >= bytes) return;
  const needed = Math.ceil(bytes / 1e6);
  const left = Math.floor((bavail * bsize) / 1e6);
  throw new OperatorError(`they take some ${needed} MB, and the disk has room for ${left} MB`);
}

/** Notes how long the files of a folder are, and waits until all are on the disk. */
export async function seal(folder: string): Promise<void> {
  const sizes: Record<string, number> = {};
  for (const name of await readdir(folder)) {
    await syncFile(join(folder, name));
    sizes[name] = (await stat(join(folder, name))).size;
  }
  await writeFileSynced(join(folder, SIZES_FILE), Buffer.from(JSON.stringify(sizes)));
  await syncFile(folder);
}

/** Whether a folder has been sealed, and its files are as long as they were then. */
export async function isWhole(folder: string): Promise<boolean> {
  try {
    const sizes = await readJsonFile(join(folder, SIZES_FILE), MAX_SIZES_BYTES);
    const files = Object.entries(sizes as Record<string, unknown>);
    const found = await Promise.all(files.map(([name]) => stat(join(folder, name))));
    return found.length > 0 && found.every(({ size }, index) => size === files[index]?.[1]);
  } catch {
    // Not there, not readable, not ours: it is of no use, whatever the reason.
    return false;
  }
}
