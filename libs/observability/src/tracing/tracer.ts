/** A stretch of a request's way. Times here are on the clock of `performance.now()`. */
export interface Stage {
  readonly name:
    'enter' | 'read' | 'tokenize' | 'admit' | 'queue' | 'inference' | 'detokenize' | 'unfinished';
  readonly startMs: number;
  readonly endMs: number;
}

export interface RequestHead {
  readonly method: string;
  readonly route: string;
  readonly requestId: string;
  /** The header as it came; one that is not well-formed counts as none. Source: W3C Trace Context. */
  readonly traceparent: unknown;
  readonly startMs: number;
}

export interface RequestEnd {
  readonly endMs: number;
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly stages: readonly Stage[];
  /** What `startBatch` was told of, in which the request travelled. */
  readonly batches: readonly object[];
  readonly attributes: Readonly<Record<string, number>>;
}

/** The trace of one request, which becomes spans at its end. */
export interface RequestSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  end(end: RequestEnd): void;
}

/** Segments that leave the queue for the engines together. */
export interface TracedBatch {
  readonly dispatchedAtMs: number;
  readonly segments: number;
  readonly sourceTokens: number;
  /** Resolves when each has an answer, or nobody waits for it. */
  readonly done: Promise<void>;
}

/** Tells a collector how requests spent their time. Nothing here waits, and nothing throws. */
export interface Tracer {
  startRequest(head: RequestHead): RequestSpan;
  startBatch(batch: TracedBatch): void;
  /** Sends what is left, within a bounded time. */
  close(): Promise<void>;
}
