/** What the queue needs to know of its entries. */
export interface QueuedSegment {
  readonly sourceTokens: number;
}

/** Segments that wait for an engine, first come first served, and how many tokens they are. */
export class SegmentQueue<Segment extends QueuedSegment> {
  /** A set keeps the order of insertion and lets go of any entry in constant time. */
  readonly #segments = new Set<Segment>();
  #tokens = 0;

  get size(): number {
    return this.#segments.size;
  }

  get tokens(): number {
    return this.#tokens;
  }

  push(segment: Segment): void {
    this.#segments.add(segment);
    this.#tokens += segment.sourceTokens;
  }

  /** Takes the segment that has waited longest. */
  shift(): Segment | undefined {
    const [first] = this.#segments;
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Lets a segment go that nobody waits for any more; one that is not here is no fault. */
  remove(segment: Segment): void {
    if (this.#segments.delete(segment)) this.#tokens -= segment.sourceTokens;
  }
}
