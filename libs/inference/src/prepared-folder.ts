import { OperatorError } from '#libs/domain';
import { type Manifest, readManifest, verifyFileSizes } from '#libs/prepared-model';

/**
 * Reads the manifest of a prepared folder, and looks whether its files are as long as it says: what a broken
 * copy or a full disk leaves is told in a moment, at any size. Throws an `OperatorError`.
 */
export async function openPreparedFolder(folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder);
  const faults = await verifyFileSizes(folder, manifest);
  if (faults.length > 0)
    throw new OperatorError(
      `The model in ${folder} is damaged: ${faults.join(' ')} Copy or prepare it again.`,
    );
  return manifest;
}
