import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { assertInvariant } from '#libs/domain';
import { ELEMENT_BYTES, type ElementType, type Initializer } from './onnx-model.js';

/** Tensors begin on pages, so that onnxruntime can map them instead of reading them. */
const ALIGNMENT = 4096;
/** Smaller tensors stay in the graph: shapes and scalars must be there for its optimiser. */
const LEAST_EXTERNAL_BYTES = 1024;

type TensorArray = Float32Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;

/**
 * Writes tensors one after the other into the file of external data; each is on the disk, and free to be
 * collected, before the next is made. A tensor of a name that was written before is that tensor: so two
 * graphs share a table.
 */
export class WeightsFile {
  readonly #initializers = new Map<string, Initializer>();
  #end = 0;

  private constructor(
    private readonly file: FileHandle,
    private readonly fileName: string,
  ) {}

  static async create(path: string): Promise<WeightsFile> {
    return new WeightsFile(await open(path, 'wx'), basename(path));
  }

  find(name: string): Initializer | undefined {
    return this.#initializers.get(name);
  }

  write(
    name: string,
    type: ElementType,
    axes: readonly number[],
    values: TensorArray,
  ): Promise<Initializer> {
    const pieces = [values];
    return this.writePieces(name, type, axes, pieces);
  }

  /** As `write`, for a tensor that is never in memory as a whole; the pieces are its rows in order. */
  async writePieces(
    name: string,
    type: ElementType,
    axes: readonly number[],
    pieces: Iterable<TensorArray> | AsyncIterable<TensorArray>,
  ): Promise<Initializer> {
    assertInvariant(!this.#initializers.has(name), `the tensor ${name} is written twice`);
    const bytes = axes.reduce((product, axis) => product * axis, ELEMENT_BYTES[type]);
    const inline: Uint8Array[] = [];
    const offset = Math.ceil(this.#end / ALIGNMENT) * ALIGNMENT;
    let done = 0;
    for await (const piece of pieces) {
      const view = new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
      if (bytes < LEAST_EXTERNAL_BYTES) inline.push(view);
      else await this.#writeFully(view, offset + done);
      done += view.length;
    }
    assertInvariant(done === bytes, `the tensor ${name} has ${done} bytes, not ${bytes}`);
    const isInline = bytes < LEAST_EXTERNAL_BYTES;
    if (!isInline) this.#end = offset + bytes;
    const initializer: Initializer = {
      name,
      type,
      axes,
      data: isInline
        ? { kind: 'inline', bytes: Buffer.concat(inline) }
        : { kind: 'external', fileName: this.fileName, offset, bytes },
    };
    this.#initializers.set(name, initializer);
    return initializer;
  }

  /** Waits until the data is on the disk. */
  async close(): Promise<void> {
    try {
      await this.file.sync();
    } finally {
      await this.file.close();
    }
  }

  async #writeFully(bytes: Uint8Array, offset: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.file.write(
        bytes,
        done,
        bytes.length - done,
        offset + done,
      );
      done += bytesWritten;
    }
  }
}
