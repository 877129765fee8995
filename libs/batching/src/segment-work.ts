import type { GenerationOptions, Hypothesis } from '#libs/domain';

/** One sentence for the engine. */
export interface SegmentWork {
  /** Language tag, pieces, end token. */
  readonly sourceTokenIds: Int32Array;
  /** The target's first token: the language; undefined for models without. */
  readonly forcedBosId: number | undefined;
  readonly options: GenerationOptions;
  /** Whether hypotheses are to say what they attended to of the source. */
  readonly wantsAlignment?: boolean | undefined;
}

export interface SegmentTranslation {
  /** Best first, at least one. */
  readonly hypotheses: readonly Hypothesis[];
  readonly queueWaitMs: number;
  readonly inferenceMs: number;
  /** Whether another caller's decode, running or finished, gave the answer. */
  readonly isCacheHit: boolean;
  /** With whom it went to the engines; undefined for a segment that did not. */
  readonly batch: DispatchedBatch | undefined;
}

/** Segments that left the queue for the engines together. */
export interface DispatchedBatch {
  /** On the clock of `performance.now()`. */
  readonly dispatchedAtMs: number;
  readonly segments: number;
  /** What the engines then had to decode together: these and what was still running. */
  readonly sentencesInHand: number;
  readonly sourceTokens: number;
  /** Resolves when each has an answer, or nobody waits for it. */
  readonly done: Promise<void>;
}

/** Who sends requests, where callers are told apart. The same caller is always the same object. */
export interface Caller {
  readonly name: string;
  /** What it gets of the engines while others wait, in relation to their shares: a whole number from 1. */
  readonly share: number;
  /** The shares of all callers together. */
  readonly allShares: number;
}

/** Everybody, where callers are not told apart. */
export const ANYBODY: Caller = { name: 'anybody', share: 1, allShares: 1 };

export interface SubmitOptions {
  /** On the clock of `performance.now()`; `Infinity` for none. */
  readonly deadlineAtMs: number;
  /**
   * Aborted when nobody waits for the answer any more. It stands for the request: segments with the same
   * signal take turns as one.
   */
  readonly signal: AbortSignal;
  /** `ANYBODY` where it is not given. */
  readonly caller?: Caller;
  /**
   * Whether this is a smaller part of work that was admitted before, in its place: it is neither refused
   * while draining nor for want of room.
   */
  readonly isContinuation?: boolean;
}
