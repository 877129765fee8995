import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { OperatorError } from '#libs/domain';
import {
  type Precision,
  PREPARED_FORMAT_VERSION,
  readManifest,
  verifyFileSizes,
} from '#libs/prepared-model';
import { openCheckpoint } from './checkpoint.js';
import { hashFiles, type PrepareStage, publishPrepared } from './prepare.js';
import { removeFolder } from './staging-folder.js';

export interface EnsurePreparedOptions {
  /** Folder of a checkpoint in the Hugging Face layout. */
  readonly source: string;
  /** Holds any number of prepared models, each under a name of its own; made where it is missing. */
  readonly cacheFolder: string;
  readonly precision: Precision;
  readonly onProgress?: (stage: PrepareStage) => void;
}

/**
 * The prepared model of a checkpoint: from the cache, or compiled into it. One that is damaged is compiled
 * anew. Processes that start at once may both compile; the folder of the first to finish stays, and the
 * others use it. Old entries are never removed here: another release may be running on them.
 */
export async function ensurePrepared(options: EnsurePreparedOptions): Promise<string> {
  const folder = join(resolve(options.cacheFolder), await cacheName(options));
  if ((await findDamage(folder)) === undefined) return folder;
  await removeFolder(folder);
  await publishPrepared({ ...options, output: folder }, false);
  const damage = await findDamage(folder);
  if (damage !== undefined)
    throw new OperatorError(`${folder} was changed while it was prepared: ${damage} Start again.`);
  return folder;
}

/** Names what the result depends on: the same name always means the same content. */
async function cacheName({ source, precision }: EnsurePreparedOptions): Promise<string> {
  const { family, fileNames, weights } = await openCheckpoint(source);
  await weights.close();
  const facts = [PREPARED_FORMAT_VERSION, await hashFiles(source, fileNames)];
  const key = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
  return `${family}-${precision}-${key}`;
}

/** Why the folder cannot be used, in a sentence. Sizes tell what broken copies and full disks leave. */
async function findDamage(folder: string): Promise<string | undefined> {
  try {
    const [fault] = await verifyFileSizes(folder, await readManifest(folder));
    return fault;
  } catch (error) {
    if (error instanceof OperatorError) return error.message;
    throw error;
  }
}
