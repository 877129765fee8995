import type { GenerationOptions, Hypothesis } from '#libs/domain';

/** One sentence for the engine. */
export interface SegmentWork {
  /** Language tag, pieces, end token. */
  readonly sourceTokenIds: Int32Array;
  /** The target's first token: the language; undefined for models without. */
  readonly forcedBosId: number | undefined;
  readonly options: GenerationOptions;
}

export interface SegmentTranslation {
  /** Best first, at least one. */
  readonly hypotheses: readonly Hypothesis[];
  readonly queueWaitMs: number;
  readonly inferenceMs: number;
}

export interface SubmitOptions {
  /** On the clock of `performance.now()`; `Infinity` for none. */
  readonly deadlineAtMs: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /**
   * Whether this is a smaller part of work that was admitted before, in its place: it is neither refused
   * while draining nor for want of room.
   */
  readonly isContinuation?: boolean;
}
