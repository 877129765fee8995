import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const POLL_MS = 200;
/** How a caller follows the packing of graphs, and ends it early. */
export interface PackingWatch {
  readonly onProgress?: (progress: {
    readonly stage: 'pack the graphs';
    readonly doneBytes: number;
    readonly totalBytes: number;
  }) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Tells how much a packing process has written so far: onnxruntime says nothing while it works. */
export class PackingProgress {
  private constructor(private readonly timer: NodeJS.Timeout) {}

  /** @param totalBytes about what there will be in `output`. */
  static begin(output: string, totalBytes: number, { onProgress }: PackingWatch): PackingProgress {
    const tell = (doneBytes: number): void => {
      onProgress?.({
        stage: 'pack the graphs',
        doneBytes: Math.min(doneBytes, totalBytes),
        totalBytes,
      });
    };
    tell(0);
    const timer = setInterval(() => {
      // A file may be gone between the list and its size; the next look tells.
      bytesIn(output).then(tell, () => undefined);
    }, POLL_MS);
    return new PackingProgress(timer);
  }

  end(): void {
    clearInterval(this.timer);
  }
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
