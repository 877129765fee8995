import { OperatorError } from '#libs/domain';
import { describeFileFault, fileFaultCode } from './file-fault.js';
import { openRegularFile } from './regular-file.js';

/** Reads a JSON file of at most `maxBytes`. What cannot be read or parsed is an `OperatorError`. */
export async function readJsonFile(path: string, maxBytes: number): Promise<unknown> {
  return parseJson(await readBoundedText(path, maxBytes), path);
}

/** Parses JSON; `where` names its origin in the error. */
export function parseJson(json: string, where: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    // The reason quotes the text, line breaks included.
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');
    throw new OperatorError(
      `${where} is not valid JSON (${reason}). The file is damaged; fetch or prepare it again.`,
      { cause: error },
    );
  }
}

/** Reads a UTF-8 file of at most `maxBytes`; larger or unreadable files are an `OperatorError`. */
export async function readBoundedText(path: string, maxBytes: number): Promise<string> {
  const { handle, size } = await openRegularFile(path);
  try {
    if (size > maxBytes)
      throw new OperatorError(
        `${path} has ${size} bytes; at most ${maxBytes} are expected of such a file.`,
      );
    // What has come on top since is not read.
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    if (fileFaultCode(error) === undefined) throw error;
    throw new OperatorError(`${path} cannot be read: ${describeFileFault(error)}.`, {
      cause: error,
    });
  } finally {
    await handle.close();
  }
}
