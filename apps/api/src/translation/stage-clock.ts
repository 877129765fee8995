import type { Stage, StageTimes } from '#libs/observability';

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

/** A request before there was anything to tokenize, on the clock of `performance.now()`. */
export interface RequestEntry {
  readonly arrivedAtMs: number;
  /** When it was its turn to be read. */
  readonly enteredAtMs: number;
}

/**
 * A request's time by stages. Segments travel side by side, so queue and inference are those of the slowest
 * one: then the stages add up to what the caller waits for, whatever the number of segments. What the request
 * waited for the service itself counts as queue, too.
 */
export class StageClock {
  readonly #startedAtMs = performance.now();
  readonly #entry: RequestEntry;
  #tokenizedAtMs: number | undefined;
  #submittedAtMs: number | undefined;
  #finishedAtMs: number | undefined;
  #tokenizationMs = 0;
  #slowest = NO_SEGMENT_TIME;
  #cacheHits = 0;
  #batchSentences = 0;

  /** @param entry where it is a request that came over HTTP */
  constructor(entry?: RequestEntry) {
    this.#entry = entry ?? { arrivedAtMs: this.#startedAtMs, enteredAtMs: this.#startedAtMs };
  }

  /** Runs work on text and counts its time. */
  tokenizing<Result>(work: () => Result): Result {
    const startedAtMs = performance.now();
    try {
      return work();
    } finally {
      this.#tokenizationMs += performance.now() - startedAtMs;
    }
  }

  /** Hands over what is tokenized; throws what `submit` throws. */
  submitting<Result>(submit: () => Result): Result {
    this.#tokenizedAtMs = performance.now();
    const result = submit();
    this.#submittedAtMs = performance.now();
    return result;
  }

  add(segment: SegmentTimes): void {
    this.#slowest = slowerTimes(this.#slowest, segment);
  }

  /** A segment was answered by an equal one's decode. */
  countCacheHit(): void {
    this.#cacheHits++;
  }

  /** A segment was decoded together with so many, itself included. */
  countBatch(sentences: number): void {
    this.#batchSentences = Math.max(this.#batchSentences, sentences);
  }

  /** Every record has its translation. */
  finish(): void {
    this.#finishedAtMs = performance.now();
  }

  get times(): StageTimes {
    const { arrivedAtMs, enteredAtMs } = this.#entry;
    return {
      tokenizationMs: this.#tokenizationMs,
      queueMs: enteredAtMs - arrivedAtMs + this.#slowest.queueMs,
      inferenceMs: this.#slowest.inferenceMs,
      cacheHits: this.#cacheHits,
      batchSentences: this.#batchSentences,
    };
  }

  /** The way so far, one stage after the other; the last ends where the request does. */
  stages(endMs: number): Stage[] {
    const tokenizedAtMs = this.#tokenizedAtMs ?? endMs;
    const submittedAtMs = this.#submittedAtMs ?? endMs;
    const { arrivedAtMs, enteredAtMs } = this.#entry;
    const stages: Stage[] = [
      { name: 'enter', startMs: arrivedAtMs, endMs: enteredAtMs },
      { name: 'read', startMs: enteredAtMs, endMs: this.#startedAtMs },
      { name: 'tokenize', startMs: this.#startedAtMs, endMs: tokenizedAtMs },
    ];
    if (this.#tokenizedAtMs === undefined) return stages;
    stages.push({ name: 'admit', startMs: tokenizedAtMs, endMs: submittedAtMs });
    if (this.#submittedAtMs === undefined) return stages;
    const finishedAtMs = this.#finishedAtMs;
    if (finishedAtMs === undefined)
      return [...stages, { name: 'unfinished', startMs: submittedAtMs, endMs }];
    const { queueMs, inferenceMs } = this.#slowest;
    const startedAtMs = Math.min(submittedAtMs + queueMs, finishedAtMs);
    const inferredAtMs = Math.min(startedAtMs + inferenceMs, finishedAtMs);
    return [
      ...stages,
      { name: 'queue', startMs: submittedAtMs, endMs: startedAtMs },
      { name: 'inference', startMs: startedAtMs, endMs: inferredAtMs },
      { name: 'detokenize', startMs: inferredAtMs, endMs: finishedAtMs },
    ];
  }
}
