import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
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

/** What graphs are packed from. */
const SOURCES = [PREPARED_FILES.encoder, PREPARED_FILES.decoder, PREPARED_FILES.weights];

/**
 * Where the packed graphs of a prepared model belong. The name changes with all that they depend on: the model,
 * and when its files were last written, lest one that was mended lives on as it was packed before; onnxruntime; and
 * the processor, whose kernels choose the form.
 */
export async function packedFolderOf(preparedFolder: string): Promise<string> {
  const manifest = await readFile(join(preparedFolder, PREPARED_FILES.manifest));
  const sources = await Promise.all(SOURCES.map((name) => stat(join(preparedFolder, name))));
  const writtenAtMs = sources.map(({ mtimeMs }) => mtimeMs);
  const machine = [ONNXRUNTIME_VERSION, process.arch, ...(await cpuFeatures())];
  const hash = createHash('sha256')
    .update(manifest)
    .update([...writtenAtMs, ...machine].join('\0'))
    .digest('hex');
  return join(preparedFolder, `${PACKED_FOLDER_PREFIX}${hash.slice(0, NAME_DIGITS)}`);
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
