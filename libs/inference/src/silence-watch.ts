/** How often silence is looked at. */
const TICK_MS = 500;

/** Time that a tick counts at most: what is longer, this process itself has missed. */
const LONGEST_TICK_MS = 2 * TICK_MS;

/**
 * Notices when an engine says nothing for too long. Silence is counted in ticks of this process' own clock,
 * each with a bound: after a pause of this process (a stop, a blocked event loop, a suspended machine) the
 * engine's messages are still to be read, and it must not be blamed for them.
 */
export class SilenceWatch {
  #silentMs = 0;
  #tickedAtMs = performance.now();
  readonly #timer: NodeJS.Timeout;

  /** Calls `onSilent` once, when the silence is longer than `limitMs` says then. */
  constructor(
    private readonly limitMs: () => number,
    private readonly onSilent: (silentMs: number) => void,
  ) {
    this.#timer = setInterval(() => {
      this.#tick();
    }, TICK_MS);
    this.#timer.unref();
  }

  heard(): void {
    this.#silentMs = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#silentMs += Math.min(nowMs - this.#tickedAtMs, LONGEST_TICK_MS);
    this.#tickedAtMs = nowMs;
    if (this.#silentMs <= this.limitMs()) return;
    this.stop();
    this.onSilent(this.#silentMs);
  }
}
