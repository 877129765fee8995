import type { Caller } from './segment-work.js';

/** What a queue needs to know of its entries. */
export interface QueuedSegment {
  readonly sourceTokens: number;
  readonly caller: Caller;
  /** Stands for the request that the segment is of. */
  readonly request: object;
}

/** Segments that wait for an engine, in some order. */
export interface SegmentQueue<Segment extends QueuedSegment> {
  /** Segments. */
  readonly size: number;
  /** Requests that they are of. */
  readonly requests: number;
  push(segment: Segment): void;
  /** The segment whose turn it is. Asking twice changes nothing. */
  next(): Segment | undefined;
  /** Lets a segment go that has had its turn. */
  take(segment: Segment): void;
  /** Lets a segment go that nobody waits for any more, as if it had never been here; returns whether it was. */
  remove(segment: Segment): boolean;
  /** Source tokens that leave the queue until a request that comes now is through, its own included. */
  tokensUntilDone(caller: Caller, requestTokens: number): number;
}
