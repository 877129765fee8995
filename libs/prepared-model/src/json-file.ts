import { open } from 'node:fs/promises';
import { OperatorError } from '#libs/domain';
import { describeFileFault } from './file-fault.js';

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
  try {
    const file = await open(path, 'r');
    try {
      // The size is asked of the open file: what was measured is what is read.
      const { size } = await file.stat();
      if (size > maxBytes)
        throw new OperatorError(
          `${path} has ${size} bytes; at most ${maxBytes} are expected of such a file.`,
        );
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`${path} cannot be read: ${describeFileFault(error)}.`, {
      cause: error,
    });
  }
}
