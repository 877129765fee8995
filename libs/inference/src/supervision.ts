import type { EngineStatus } from './protocol/messages.js';

/** Bounds on the life of an engine process. */
export interface SupervisionLimits {
  /** From fork to ready: a model on a slow disk takes a while. */
  readonly startMs: number;
  /** Least silence after which a running engine counts as hung. */
  readonly silenceMs: number;
  /** The step that is running when the engine is told to stop may end; then it is killed. */
  readonly stopMs: number;
  /** So many restarts within `restartWindowMs` are tried; one more, and the replica is given up. */
  readonly maxRestarts: number;
  readonly restartWindowMs: number;
  /** Wait before the first restart; each further one in the window waits twice as long … */
  readonly firstRestartDelayMs: number;
  /** … up to this. */
  readonly longestRestartDelayMs: number;
}

export const SUPERVISION_LIMITS: SupervisionLimits = {
  startMs: 600_000,
  silenceMs: 10_000,
  stopMs: 5000,
  maxRestarts: 10,
  restartWindowMs: 600_000,
  firstRestartDelayMs: 250,
  longestRestartDelayMs: 5000,
};

/**
 * Why an engine process ended: `crash`, by itself; `out_of_memory`, by itself, for memory that it did not get;
 * `killed`, by SIGKILL from outside, as the kernel's out-of-memory killer does; `hang`, by us, for its silence;
 * `load`, before it was ready.
 */
export const END_CAUSES = ['crash', 'out_of_memory', 'killed', 'hang', 'load'] as const;

export type EndCause = (typeof END_CAUSES)[number];

/** How an engine process ended, for the program and for people. */
export interface EngineEnd {
  readonly cause: EndCause;
  readonly description: string;
}

/** Longer than this many of its longest turns no engine that works is silent. */
const SILENT_TURNS = 20;

/**
 * Nor for longer than this many times what it expects of a run. The fitted line knows nothing of attention, whose
 * cost rises with the square of the length, and a machine may become slower by half from one moment to the next.
 */
const SILENT_RUNS = 4;

/** What an engine last said of the times in which it cannot be heard. */
export type ExpectedSilence = Pick<EngineStatus, 'p99TurnMs' | 'expectedRunMs'>;

/** Silence after which an engine counts as hung. */
export function silenceLimitMs(
  { silenceMs }: SupervisionLimits,
  { p99TurnMs, expectedRunMs }: ExpectedSilence,
): number {
  return Math.max(silenceMs, SILENT_TURNS * p99TurnMs, SILENT_RUNS * expectedRunMs);
}

/** How onnxruntime, V8 and the C++ library say that there is no memory. */
const NO_MEMORY = /failed to allocate memory|bad_alloc|allocation failed|out of memory/i;

/** The end that an engine announced because the model failed with this message. */
export function endOfFailedRun(message: string): EngineEnd {
  const description = message.trim();
  return { cause: NO_MEMORY.test(description) ? 'out_of_memory' : 'crash', description };
}
