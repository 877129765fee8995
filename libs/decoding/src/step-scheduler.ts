import type { Sequence } from './sequence.js';

export interface SchedulerLimits {
  /** Most sentences that decode together. */
  readonly maxSentences: number;
  /**
   * How long the running sentences decode before waiting ones may join, as a rule. An admission costs an
   * encoder run and a new layout; joining at every step is slower than joining every few.
   */
  readonly quantumMs: number;
  readonly maxQuantumSteps: number;
}

/** Weight of the newest step in the running mean of step times. */
const NEWEST_STEP_WEIGHT = 0.2;

/**
 * Decides who is in the next step. A quantum is a number of steps, chosen so that it takes about
 * `quantumMs`; waiting sentences join at its end, or at once where nothing runs.
 */
export class StepScheduler {
  #waiting: Sequence[] = [];
  #stepsInQuantum = 0;
  #meanStepMs = 0;

  constructor(private readonly limits: SchedulerLimits) {}

  get waiting(): readonly Sequence[] {
    return this.#waiting;
  }

  get quantumSteps(): number {
    const steps = Math.round(this.limits.quantumMs / Math.max(this.#meanStepMs, 0.001));
    return Math.min(this.limits.maxQuantumSteps, Math.max(1, steps));
  }

  enqueue(sequence: Sequence): void {
    this.#waiting.push(sequence);
  }

  /** Takes back waiting sentences that `shouldLeave` names. */
  release(shouldLeave: (sequence: Sequence) => boolean): void {
    this.#waiting = this.#waiting.filter((sequence) => !shouldLeave(sequence));
  }

  /** The sentences that join now, first come first served. */
  admit(runningSentences: number): Sequence[] {
    const isBoundary = runningSentences === 0 || this.#stepsInQuantum >= this.quantumSteps;
    if (!isBoundary) return [];
    this.#stepsInQuantum = 0;
    return this.#waiting.splice(0, Math.max(0, this.limits.maxSentences - runningSentences));
  }

  /** Notes that a step is over. */
  recordStep(durationMs: number): void {
    this.#stepsInQuantum++;
    this.#meanStepMs =
      this.#meanStepMs === 0
        ? durationMs
        : this.#meanStepMs + NEWEST_STEP_WEIGHT * (durationMs - this.#meanStepMs);
  }
}
