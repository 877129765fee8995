import { type Arrival, arrivalsAtRate } from './arrivals.js';
import { measure, type Measurement } from './measurement.js';
import { type Answer, runOpenLoop } from './open-loop.js';
import { SLO_SHARE } from './max-rate.js';
import type { TranslationCaller } from './translation-caller.js';

/** Most requests of one run: their answers are kept in memory until its end. */
export const MOST_REQUESTS = 1_000_000;
/** Most that are open at once: each is a connection. */
export const MOST_OPEN = 10_000;

export interface LoadOptions {
  readonly arrival: Arrival;
  readonly ratePerSecond: number;
  /** Before what is measured, at the same rate. */
  readonly warmUpMs: number;
  readonly durationMs: number;
  readonly seed: number;
  /** Undefined: every successful answer is in time. */
  readonly sloMs: number | undefined;
  readonly onAnswer?: (answer: Answer) => void;
  readonly signal?: AbortSignal;
}

export interface LoadRun {
  readonly ratePerSecond: number;
  readonly measurement: Measurement;
  /** Answers in time per second. */
  readonly goodputPerSecond: number;
  /** Whether 99 % of the requests were answered in time. */
  readonly isMet: boolean;
  /** Those of the warm-up included. */
  readonly answers: readonly Answer[];
}

/** Offers load at one rate. What is due in the warm-up is sent, and not measured. */
export async function runLoad(caller: TranslationCaller, options: LoadOptions): Promise<LoadRun> {
  const { arrival, ratePerSecond, warmUpMs, durationMs, seed, sloMs, ...watch } = options;
  const answers = await runOpenLoop({
    arrivals: arrivalsAtRate(arrival, ratePerSecond, warmUpMs + durationMs, seed),
    send: (index) => caller.translate(index),
    maxOpen: MOST_OPEN,
    ...watch,
  });
  const measured = answers.filter(({ scheduledAtMs }) => scheduledAtMs >= warmUpMs);
  const measurement = measure(measured, durationMs, sloMs);
  const { inTime, requests } = measurement;
  return {
    ratePerSecond,
    measurement,
    goodputPerSecond: (inTime * 1000) / durationMs,
    isMet: requests > 0 && inTime >= SLO_SHARE * requests,
    answers,
  };
}
