export type ProgressStage =
  'hash the source' | 'compile' | 'self-test' | 'hash the result' | 'copy' | 'write';

/** How far a long piece of work is. Stages follow each other; each counts its own bytes. */
export interface Progress {
  readonly stage: ProgressStage;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** How a caller follows a long piece of work, and how it ends it early. */
export interface Watch {
  /** Called as each stage begins, and then as it goes on. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** What is worth knowing on the way, in a sentence: that another process is waited for. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  /** Where it aborts, the work ends with its reason and leaves nothing behind. */
  readonly signal?: AbortSignal | undefined;
}

/** Counts the bytes of a stage for a watch. */
export class StageProgress {
  #doneBytes = 0;

  constructor(
    private readonly watch: Watch,
    private readonly stage: ProgressStage,
    private readonly totalBytes: number,
  ) {
    this.add(0);
  }

  /** Throws the signal's reason where it has aborted. */
  add(bytes: number): void {
    this.watch.signal?.throwIfAborted();
    // The total can be an estimate.
    this.#doneBytes = Math.min(this.#doneBytes + bytes, this.totalBytes);
    const { stage, totalBytes } = this;
    this.watch.onProgress?.({ stage, doneBytes: this.#doneBytes, totalBytes });
  }
}
