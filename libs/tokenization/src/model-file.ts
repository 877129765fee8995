import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { OperatorError } from '#libs/domain';

/** The released files have 2.4 MB and 3.7 MB. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Reads a regular file of at most 64 MiB whole. */
export async function readModelFile(path: string): Promise<Uint8Array> {
  // Without O_NONBLOCK, to open a named pipe waits for somebody to write.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new OperatorError(
      `${path} cannot be read (${reason}). A model folder needs it beside its other files.`,
      { cause: error },
    );
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new OperatorError(`${path} is not a regular file.`);
    if (stat.size > MAX_FILE_BYTES) {
      throw new OperatorError(
        `${path} has ${stat.size} bytes; a tokenizer file has at most ${MAX_FILE_BYTES}. ` +
          'Copy it again from the checkpoint.',
      );
    }
    const bytes = new Uint8Array(stat.size);
    const { bytesRead } = await handle.read(bytes, 0, stat.size, 0);
    if (bytesRead !== stat.size) {
      throw new OperatorError(
        `${path} changed while it was read. Start again once it is in place.`,
      );
    }
    return bytes;
  } finally {
    await handle.close();
  }
}
