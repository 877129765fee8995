import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '#libs/domain';
import { PARTIAL_SUFFIX } from './file-download.js';
import type { HubFile } from './hub-listing.js';

/** Left free beside the download, for everybody else on that disk. */
const MARGIN_BYTES = 64 * 1024 * 1024;

/** Bytes of the files that a folder holds already, whole or in part. */
export async function presentBytes(folder: string, files: readonly HubFile[]): Promise<number> {
  let sum = 0;
  for (const { path, bytes } of files) {
    const whole = await sizeOf(join(folder, path));
    const part = await sizeOf(join(folder, `${path}${PARTIAL_SUFFIX}`));
    sum += Math.min(bytes, Math.max(whole, part));
  }
  return sum;
}

/** @throws OperatorError where the disk has no room for what is still to come. */
export async function requireSpace(folder: string, missingBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (missingBytes + MARGIN_BYTES <= freeBytes) return;
  throw new OperatorError(
    `The download needs ${formatMegabytes(missingBytes + MARGIN_BYTES)}, and ${folder} has ${formatMegabytes(freeBytes)} free. Make room, or set CACHE_DIR to a folder on a larger disk.`,
  );
}

function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
