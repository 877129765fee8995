import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { type Precision, PREPARED_FORMAT_VERSION } from '#libs/prepared-model';
import { type OpenSource, prepareInto, withSource } from './prepare.js';
import type { Watch } from './watch.js';

export interface EnsurePreparedOptions extends Watch {
  /** Folder of a checkpoint in the Hugging Face layout. */
  readonly source: string;
  /** Holds any number of prepared models, each under a name of its own; made where it is missing. */
  readonly cacheFolder: string;
  readonly precision: Precision;
}

/**
 * The prepared model of a checkpoint: from the cache, or compiled into it. One whose files have other sizes than
 * its manifest says is compiled anew. Of processes that start at once, one compiles and the others wait for
 * it. Old entries are never removed here: another release may be running on them.
 */
export async function ensurePrepared(options: EnsurePreparedOptions): Promise<string> {
  return withSource(options, async (source) => {
    const folder = join(resolve(options.cacheFolder), cacheName(source));
    await prepareInto(folder, source, 'sizes', options);
    return folder;
  });
}

/** Names what the result depends on: the same name always means the same content. */
function cacheName({ checkpoint, files, precision }: OpenSource): string {
  const facts = [PREPARED_FORMAT_VERSION, files.entries];
  const key = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
  return `${checkpoint.family}-${precision}-${key}`;
}
