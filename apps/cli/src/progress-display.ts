import type { WriteStream } from 'node:tty';
import { SingleBar } from 'cli-progress';
import { type ByteProgress, ProgressLines, toMegabytes, toPercent } from './progress-lines.js';

const STAGE_WIDTH = 16;

/** Shows on standard error how far a piece of work is: a bar for each stage on a terminal, lines elsewhere. */
export class ProgressDisplay {
  readonly #lines: ProgressLines;
  #bar: { readonly stage: string; readonly view: SingleBar } | undefined;

  constructor(private readonly stream: WriteStream = process.stderr) {
    this.#lines = new ProgressLines((progress) => {
      const total = toMegabytes(progress.totalBytes);
      this.stream.write(`${progress.stage}: ${toPercent(progress)} % of ${total} MB\n`);
    });
  }

  update(progress: ByteProgress): void {
    if (!this.stream.isTTY) this.#lines.update(progress);
    else if (this.#bar?.stage === progress.stage) this.#bar.view.update(progress.doneBytes);
    else this.#begin(progress);
  }

  /** Says something between the stages. */
  say(line: string): void {
    this.stop();
    this.stream.write(`${line}\n`);
  }

  /** Leaves the terminal as it was. Without it the last bar goes on. */
  stop(): void {
    this.#bar?.view.stop();
    this.#bar = undefined;
  }

  #begin({ stage, doneBytes, totalBytes }: ByteProgress): void {
    this.stop();
    const view = new SingleBar({
      stream: this.stream,
      format: `${stage.padEnd(STAGE_WIDTH)} {bar} {percentage} % | {value} of {total} MB | {eta_formatted} left`,
      formatValue: (value, _options, type) =>
        type === 'value' || type === 'total' ? toMegabytes(value) : String(value),
      barCompleteChar: '█',
      barIncompleteChar: '░',
      hideCursor: true,
      // Signals are the command's own affair.
      gracefulExit: false,
    });
    view.start(totalBytes, doneBytes);
    this.#bar = { stage, view };
  }
}
