import type { SupervisionLimits } from './supervision.js';

/** How often and how soon a replica's engine may be started again: exponential back-off in a sliding window. */
export class RestartBudget {
  /** Restarts in the window, oldest first. */
  #restartsAtMs: number[] = [];

  constructor(
    private readonly limits: Pick<
      SupervisionLimits,
      'maxRestarts' | 'restartWindowMs' | 'firstRestartDelayMs' | 'longestRestartDelayMs'
    >,
  ) {}

  /**
   * Counts a restart at `nowMs` (monotonic).
   *
   * @returns milliseconds to wait before it, or undefined where there were too many: the engine is given up.
   */
  take(nowMs: number): number | undefined {
    const { firstRestartDelayMs, longestRestartDelayMs, maxRestarts, restartWindowMs } =
      this.limits;
    this.#restartsAtMs = this.#restartsAtMs.filter((atMs) => nowMs - atMs < restartWindowMs);
    const earlier = this.#restartsAtMs.length;
    if (earlier >= maxRestarts) return undefined;
    this.#restartsAtMs.push(nowMs);
    return Math.min(longestRestartDelayMs, firstRestartDelayMs * 2 ** earlier);
  }
}
