import { Fault } from './fault.js';

/** What became of a line. */
export type LineOutcome<Result> = { readonly result: Result } | { readonly fault: Fault };

/**
 * Requests for lines, a few at a time, in the order wanted. A line that nobody wants any more is taken out, or
 * its request aborted; its outcome is then never reported.
 */
export class LineQueue<Result> {
  #waiting: string[] = [];
  readonly #running = new Map<string, AbortController>();
  #isPaused = false;

  /**
   * @param request rejects with a `Fault`, or with anything once it is aborted
   * @param width most requests under way at once
   */
  constructor(
    private readonly request: (line: string, signal: AbortSignal) => Promise<Result>,
    private readonly onOutcome: (line: string, outcome: LineOutcome<Result>) => void,
    private readonly width: number,
  ) {}

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#running.size === 0;
  }

  /** Makes these lines, each once, what is wanted. Those that are under way go on; the others start in order. */
  want(lines: readonly string[]): void {
    this.keepOnly(new Set(lines));
    this.#waiting = lines.filter((line) => !this.#running.has(line));
    this.#start();
  }

  /** Gives up whatever is not among these lines. */
  keepOnly(lines: ReadonlySet<string>): void {
    this.#waiting = this.#waiting.filter((line) => lines.has(line));
    for (const [line, abort] of this.#running)
      if (!lines.has(line)) {
        this.#running.delete(line);
        abort.abort();
      }
    this.#start();
  }

  /** Starts nothing more until `resume`; what is under way goes on. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#start();
  }

  #start(): void {
    while (!this.#isPaused && this.#running.size < this.width) {
      const line = this.#waiting.shift();
      if (line === undefined) return;
      const abort = new AbortController();
      this.#running.set(line, abort);
      void this.#run(line, abort);
    }
  }

  async #run(line: string, abort: AbortController): Promise<void> {
    const outcome = await this.request(line, abort.signal).then(
      (result) => ({ result }),
      (reason: unknown) => ({ fault: asFault(reason) }),
    );
    // Another request for the same line may be under way by now.
    if (this.#running.get(line) !== abort) return;
    this.#running.delete(line);
    this.onOutcome(line, outcome);
    this.#start();
  }
}

function asFault(reason: unknown): Fault {
  if (reason instanceof Fault) return reason;
  return new Fault('broken', 'The page could not read the answer', String(reason), {
    cause: reason,
  });
}
