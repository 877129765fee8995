import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { OperatorError } from '#libs/domain';
import { describeFileFault, fileFaultCode } from './file-fault.js';

/** A file that is open for reading; `handle` is the caller's to close. */
export interface RegularFile {
  readonly handle: FileHandle;
  /** Bytes, asked of the open file. */
  readonly size: number;
}

/**
 * Opens a file whose size bounds what can be read of it. Pipes and devices, which have no size, and what cannot
 * be opened are an `OperatorError`.
 */
export async function openRegularFile(path: string): Promise<RegularFile> {
  const handle = await openHandle(path);
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new OperatorError(`${path} cannot be read: it is a folder.`);
    if (!stat.isFile()) throw new OperatorError(`${path} cannot be read: it is not a file.`);
    return { handle, size: stat.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openHandle(path: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK, to open a named pipe waits for somebody to write.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (fileFaultCode(error) === undefined) throw error;
    throw new OperatorError(`${path} cannot be read: ${describeFileFault(error)}.`, {
      cause: error,
    });
  }
}
