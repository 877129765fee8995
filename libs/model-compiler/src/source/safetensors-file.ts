import { type FileHandle, open } from 'node:fs/promises';
import { assertInvariant, OperatorError } from '#libs/domain';
import { describeFileFault } from '#libs/prepared-model';
import { widenBfloat16, widenFloat16 } from './half-float.js';
import { readFully, readSafetensorsHeader, type SafetensorsEntry } from './safetensors-header.js';

/** Elements that are converted at a time: bounds the memory beside the result. */
const CHUNK_ELEMENTS = 1024 * 1024;

/** One open safetensors file. */
export class SafetensorsFile {
  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    readonly entries: ReadonlyMap<string, SafetensorsEntry>,
  ) {}

  static async open(path: string): Promise<SafetensorsFile> {
    const file = await open(path, 'r').catch((error: unknown) => {
      throw new OperatorError(`${path} cannot be read: ${describeFileFault(error)}.`, {
        cause: error,
      });
    });
    try {
      const entries = await readSafetensorsHeader(file, path);
      return new SafetensorsFile(path, file, new Map(entries.map((entry) => [entry.name, entry])));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** `count` elements of a tensor from element `start` on, in float32. */
  async readElements(name: string, start: number, count: number): Promise<Float32Array> {
    const entry = this.entries.get(name);
    assertInvariant(entry !== undefined, `${this.path} has no tensor ${name}`);
    const values = new Float32Array(count);
    if (entry.type === 'F32') {
      await this.#fill(entry, start, new Uint8Array(values.buffer), 4);
      return values;
    }
    if (entry.type !== 'F16' && entry.type !== 'BF16')
      throw new OperatorError(
        `${this.path}: ${name} has the type ${entry.type}; F32, F16 and BF16 can be read.`,
      );
    const widen = entry.type === 'F16' ? widenFloat16 : widenBfloat16;
    const bits = new Uint16Array(Math.min(count, CHUNK_ELEMENTS));
    for (let done = 0; done < count; done += bits.length) {
      const chunk = bits.subarray(0, count - done);
      const bytes = new Uint8Array(chunk.buffer, 0, chunk.byteLength);
      await this.#fill(entry, start + done, bytes, 2);
      widen(chunk, values.subarray(done));
    }
    return values;
  }

  close(): Promise<void> {
    return this.file.close();
  }

  async #fill(
    entry: SafetensorsEntry,
    start: number,
    bytes: Uint8Array,
    elementBytes: number,
  ): Promise<void> {
    const offset = entry.begin + start * elementBytes;
    assertInvariant(offset + bytes.length <= entry.end, `read past the end of ${entry.name}`);
    await readFully(this.file, this.path, bytes, offset);
  }
}
