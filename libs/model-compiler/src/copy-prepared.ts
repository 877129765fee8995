import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '#libs/domain';
import { hashFile, PREPARED_FILES, readManifest, syncFile } from '#libs/prepared-model';
import { explainFileFaults } from './prepare.js';
import { fillPrepared, type Prepared, requireReplaceable } from './prepared-output.js';
import { StageProgress, type Watch } from './watch.js';

export interface CopyPreparedOptions extends Watch {
  /** A prepared folder. */
  readonly source: string;
  /** As for `prepareModel`. */
  readonly output: string;
}

/** Copies a prepared model, checked against its hashes, as `prepareModel` would have written it. */
export async function copyPrepared({
  source,
  output,
  ...watch
}: CopyPreparedOptions): Promise<Prepared> {
  await requireReplaceable(output);
  const manifest = await readManifest(source);
  const { precision, files } = manifest;
  const wanted = { precision, sourceFiles: manifest.source.files };
  const totalBytes = Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
  return explainFileFaults(source, output, () =>
    fillPrepared(output, wanted, { ...watch, check: 'hashes' }, async (folder) => {
      const progress = new StageProgress(watch, 'copy', totalBytes);
      for (const [name, { sha256 }] of Object.entries(files)) {
        await copySynced(source, folder, name);
        const copy = await hashFile(join(folder, name), (bytes) => {
          progress.add(bytes);
        });
        if (copy.sha256 !== sha256)
          throw new OperatorError(
            `${join(source, name)} is not what its manifest says. Prepare the model again from its source.`,
          );
      }
      await copySynced(source, folder, PREPARED_FILES.manifest);
      return manifest;
    }),
  );
}

async function copySynced(source: string, folder: string, name: string): Promise<void> {
  await copyFile(join(source, name), join(folder, name));
  await syncFile(join(folder, name));
}
