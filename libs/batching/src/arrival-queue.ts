import type { QueuedSegment, SegmentQueue } from './segment-queue.js';
import type { Caller } from './segment-work.js';

/** First come, first served, whoever it is. */
export class ArrivalQueue<Segment extends QueuedSegment> implements SegmentQueue<Segment> {
  /** A set keeps the order of insertion and lets go of any entry in constant time. */
  readonly #segments = new Set<Segment>();
  #tokens = 0;

  get size(): number {
    return this.#segments.size;
  }

  get requests(): number {
    return new Set([...this.#segments].map(({ request }) => request)).size;
  }

  push(segment: Segment): void {
    this.#segments.add(segment);
    this.#tokens += segment.sourceTokens;
  }

  next(): Segment | undefined {
    const [first] = this.#segments;
    return first;
  }

  take(segment: Segment): void {
    this.remove(segment);
  }

  remove(segment: Segment): boolean {
    const wasHere = this.#segments.delete(segment);
    if (wasHere) this.#tokens -= segment.sourceTokens;
    return wasHere;
  }

  tokensUntilDone(_caller: Caller, requestTokens: number): number {
    return this.#tokens + requestTokens;
  }
}
