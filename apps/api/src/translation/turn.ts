import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longest turn of a loop over texts before other requests and probes get theirs. */
const TURN_MS = 10;

/** The time that long work may hold the event loop at a stretch. */
export class Turn {
  #endsAtMs = performance.now() + TURN_MS;

  /** Lets others have theirs, and begins the next one. */
  async passOn(): Promise<void> {
    await nextTurn();
    this.#endsAtMs = performance.now() + TURN_MS;
  }

  get isOver(): boolean {
    return performance.now() >= this.#endsAtMs;
  }
}
