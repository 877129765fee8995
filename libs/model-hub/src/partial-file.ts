import type { Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { startHash } from './content-hash.js';
import type { HubFile } from './hub-listing.js';

const READ_BYTES = 1024 * 1024;

/** The part of a file that has arrived, on the disk, with the hash of it so far. */
export class PartialFile {
  #position = 0;
  #hash: Hash;

  private constructor(
    private readonly handle: FileHandle,
    private readonly file: HubFile,
  ) {
    this.#hash = startHash(file.hash, file.bytes);
  }

  /** Opens what there is, or an empty file. What is too long to be a part of the file is thrown away. */
  static async open(path: string, file: HubFile): Promise<PartialFile> {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
    const partial = new PartialFile(handle, file);
    try {
      const { size } = await handle.stat();
      if (size > file.bytes) await partial.clear();
      else await partial.#readBack();
      return partial;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Bytes that are there. */
  get position(): number {
    return this.#position;
  }

  get missingBytes(): number {
    return this.file.bytes - this.#position;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const rest = bytes.length - done;
      const { bytesWritten } = await this.handle.write(bytes, done, rest, this.#position + done);
      done += bytesWritten;
    }
    this.#hash.update(bytes);
    this.#position += bytes.length;
  }

  async clear(): Promise<void> {
    await this.handle.truncate(0);
    this.#position = 0;
    this.#hash = startHash(this.file.hash, this.file.bytes);
  }

  /** Whether the whole file is there and is the one that the hub described. */
  isRight(): boolean {
    return this.missingBytes === 0 && this.#hash.copy().digest('hex') === this.file.hash.hex;
  }

  sync(): Promise<void> {
    return this.handle.sync();
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  async #readBack(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      const { bytesRead } = await this.handle.read(buffer, 0, buffer.length, this.#position);
      if (bytesRead === 0) return;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#position += bytesRead;
    }
  }
}
