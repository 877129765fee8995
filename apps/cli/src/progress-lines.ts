const INTERVAL_MS = 10_000;

/** How far a long piece of work is; each stage counts its own bytes. */
export interface ByteProgress {
  readonly stage: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** Thins out progress for a log: the beginning of each stage, and then one in ten seconds. */
export class ProgressLines {
  #stage: string | undefined;
  #lastMs = 0;

  constructor(private readonly write: (progress: ByteProgress) => void) {}

  update(progress: ByteProgress): void {
    const nowMs = performance.now();
    if (progress.stage === this.#stage && nowMs - this.#lastMs < INTERVAL_MS) return;
    this.#stage = progress.stage;
    this.#lastMs = nowMs;
    this.write(progress);
  }
}

export function toPercent({ doneBytes, totalBytes }: ByteProgress): number {
  return totalBytes === 0 ? 100 : Math.floor((100 * doneBytes) / totalBytes);
}

export function toMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
