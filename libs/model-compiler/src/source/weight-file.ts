import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '#libs/domain';
import { openRegularFile } from '#libs/prepared-model';

const LFS_POINTER_START = 'version https://git-lfs.github.com/spec/';
const MAX_FILES = 256;

/** An open file that weights lie in. Nothing of it is in memory. */
export class WeightFile {
  private constructor(
    readonly path: string,
    /** Bytes. */
    readonly size: number,
    private readonly handle: FileHandle,
  ) {}

  static async open(path: string): Promise<WeightFile> {
    const { handle, size } = await openRegularFile(path);
    try {
      const file = new WeightFile(path, size, handle);
      await file.#refusePointer();
      return file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Fills the buffer from the file's offset on; a file that ends before is an `OperatorError`. */
  async fill(buffer: Uint8Array, offset: number): Promise<void> {
    let done = 0;
    while (done < buffer.length) {
      const { bytesRead } = await this.handle.read(
        buffer,
        done,
        buffer.length - done,
        offset + done,
      );
      if (bytesRead === 0)
        throw new OperatorError(
          `${this.path} ends at byte ${offset + done}, before its content is complete. Fetch it again.`,
        );
      done += bytesRead;
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  async #refusePointer(): Promise<void> {
    const start = Buffer.alloc(Math.min(LFS_POINTER_START.length, this.size));
    await this.fill(start, 0);
    if (start.toString('latin1') === LFS_POINTER_START)
      throw new OperatorError(
        `${this.path} is a pointer of Git LFS, not the weights. Run "git lfs pull" in its folder.`,
      );
  }
}

/** The files of a folder that a source has opened; they are closed together. */
export class WeightFiles {
  readonly #open = new Map<string, WeightFile>();

  constructor(readonly folder: string) {}

  /** The file of that name, opened once. Names come from `/`-separated paths inside the folder. */
  async open(name: string): Promise<WeightFile> {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    if (this.#open.size === MAX_FILES)
      throw new OperatorError(
        `The weights in ${this.folder} lie in more than ${MAX_FILES} files; at most so many are expected.`,
      );
    const file = await WeightFile.open(join(this.folder, name));
    this.#open.set(name, file);
    return file;
  }

  /** In the order in which they were opened. */
  get names(): string[] {
    return [...this.#open.keys()];
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((file) => file.close()));
  }
}
