import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { OperatorError } from '#libs/domain';
import { describeFileFault, fileFaultCode } from './file-fault.js';
import type { FileEntry, Manifest } from './manifest.js';
import { openRegularFile } from './regular-file.js';

const READ_BYTES = 1024 * 1024;

/**
 * Size and SHA-256 of a file of any length, read in pieces.
 * @param onBytes is told how long each piece is; what it throws ends the reading.
 */
export async function hashFile(
  path: string,
  onBytes?: (bytes: number) => void,
): Promise<FileEntry> {
  const hash = createHash('sha256');
  let bytes = 0;
  const { handle } = await openRegularFile(path);
  try {
    // The stream closes the file.
    await pipeline(
      handle.createReadStream({ highWaterMark: READ_BYTES }),
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          onBytes?.(chunk.length);
          bytes += chunk.length;
          hash.update(chunk);
        }
      },
    );
  } catch (error) {
    if (fileFaultCode(error) === undefined) throw error;
    throw new OperatorError(`${path} cannot be read: ${describeFileFault(error)}.`, {
      cause: error,
    });
  }
  return { bytes, sha256: hash.digest('hex') };
}

/**
 * Compares sizes and hashes of a prepared folder's files with its manifest. Each difference is one
 * sentence; none means that the folder is as it was prepared.
 */
export async function verifyFiles(
  folder: string,
  manifest: Manifest,
  onBytes?: (bytes: number) => void,
): Promise<string[]> {
  const faults: string[] = [];
  for (const [name, expected] of Object.entries(manifest.files)) {
    const fault =
      (await findSizeFault(folder, name, expected)) ??
      (await findHashFault(folder, name, expected, onBytes));
    if (fault !== undefined) faults.push(fault);
  }
  return faults;
}

/** As `verifyFiles`, by sizes alone: quick at any size, and it sees what a broken copy leaves behind. */
export async function verifyFileSizes(folder: string, manifest: Manifest): Promise<string[]> {
  const faults = await Promise.all(
    Object.entries(manifest.files).map(([name, entry]) => findSizeFault(folder, name, entry)),
  );
  return faults.filter((fault) => fault !== undefined);
}

async function findSizeFault(
  folder: string,
  name: string,
  expected: FileEntry,
): Promise<string | undefined> {
  try {
    const found = await stat(join(folder, name));
    if (!found.isFile()) return `${name} is not a file.`;
    if (found.size === expected.bytes) return undefined;
    return `${name} has ${found.size} bytes; the manifest says ${expected.bytes}.`;
  } catch (error) {
    return `${name} cannot be read: ${describeFileFault(error)}.`;
  }
}

async function findHashFault(
  folder: string,
  name: string,
  expected: FileEntry,
  onBytes?: (bytes: number) => void,
): Promise<string | undefined> {
  const { sha256 } = await hashFile(join(folder, name), onBytes);
  if (sha256 === expected.sha256) return undefined;
  return `${name} has the SHA-256 ${sha256}; the manifest says ${expected.sha256}.`;
}
