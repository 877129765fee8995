import type { WriteStream } from 'node:tty';
import { SingleBar } from 'cli-progress';

const INTERVAL_MS = 10_000;

/** Shows on standard error how many of the requests have an answer: a bar on a terminal, lines elsewhere. */
export class RequestProgress {
  readonly #bar: SingleBar | undefined;
  #answered = 0;
  #successful = 0;
  #lastMs = performance.now();

  /** @param total expected requests; there may be a few more or less */
  constructor(
    private readonly label: string,
    private readonly total: number,
    private readonly stream: WriteStream = process.stderr,
  ) {
    if (!stream.isTTY) return;
    this.#bar = new SingleBar({
      stream,
      format: `${label} {bar} {value} of {total} answered | {successful} successful | {eta_formatted} left`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      hideCursor: true,
      // Signals are the command's own affair.
      gracefulExit: false,
    });
    this.#bar.start(total, 0, { successful: 0 });
  }

  answered(isSuccessful: boolean): void {
    this.#answered++;
    if (isSuccessful) this.#successful++;
    if (this.#bar !== undefined) this.#bar.update(this.#answered, { successful: this.#successful });
    else this.#writeLine();
  }

  /** Leaves the terminal as it was. */
  stop(): void {
    this.#bar?.stop();
  }

  #writeLine(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastMs < INTERVAL_MS) return;
    this.#lastMs = nowMs;
    this.stream.write(
      `${this.label}: ${this.#answered} of ${this.total} answered, ${this.#successful} successful\n`,
    );
  }
}
