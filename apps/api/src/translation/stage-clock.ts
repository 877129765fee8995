import type { StageTimes } from '#libs/observability';

/** Time that a segment has spent, over all of its ways through the queue and the engine. */
export interface SegmentTimes {
  readonly queueMs: number;
  readonly inferenceMs: number;
}

export const NO_SEGMENT_TIME: SegmentTimes = { queueMs: 0, inferenceMs: 0 };

/** One way after the other. */
export function sumTimes(first: SegmentTimes, then: SegmentTimes): SegmentTimes {
  return {
    queueMs: first.queueMs + then.queueMs,
    inferenceMs: first.inferenceMs + then.inferenceMs,
  };
}

/** Side by side: that of the two which took longer. */
export function slowerTimes(one: SegmentTimes, other: SegmentTimes): SegmentTimes {
  return other.queueMs + other.inferenceMs > one.queueMs + one.inferenceMs ? other : one;
}

/**
 * A request's time by stages. Segments travel side by side, so queue and inference are those of the slowest
 * one: then the stages add up to what the caller waits for, whatever the number of segments.
 */
export class StageClock {
  #tokenizationMs = 0;
  #slowest = NO_SEGMENT_TIME;
  #cacheHits = 0;

  /** Runs work on text and counts its time. */
  tokenizing<Result>(work: () => Result): Result {
    const startedAtMs = performance.now();
    try {
      return work();
    } finally {
      this.#tokenizationMs += performance.now() - startedAtMs;
    }
  }

  add(segment: SegmentTimes): void {
    this.#slowest = slowerTimes(this.#slowest, segment);
  }

  /** A segment was answered by an equal one's decode. */
  countCacheHit(): void {
    this.#cacheHits++;
  }

  get times(): StageTimes {
    return { tokenizationMs: this.#tokenizationMs, ...this.#slowest, cacheHits: this.#cacheHits };
  }
}
