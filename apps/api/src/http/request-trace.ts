import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#libs/batching';
import type { ErrorCode } from '#libs/domain';
import type { RequestSpan, Stage, StageTimes } from '#libs/observability';

/** What is known of a request besides its content, from its head to the end of its answer. */
export interface RequestTrace {
  /** On the clock of `performance.now()`. */
  readonly arrivedAtMs: number;
  /** When it was its turn to be read, on the same clock. Only translations wait for that. */
  enteredAtMs?: number;
  /** Aborted when the client goes away before its answer is complete, or part of it has failed: the rest is in vain. */
  readonly work: AbortController;
  /** Who asks, where callers are told apart. */
  caller?: Caller;
  /** Set where the request failed. */
  errorCode: ErrorCode | undefined;
  /** How many there are, where the body could be read. */
  records?: number;
  /** What a translation is about; there once its work has been taken. */
  translation?: TranslationFacts;
  /** The way of a translation so far; there once its body has been read. */
  clock?: { stages(endMs: number): Stage[] };
  /** Only where traces are sent. */
  span?: RequestSpan | undefined;
  /** Only where the operator has asked to see them (LOG_TEXT). */
  texts?: readonly LoggedText[];
}

export interface LoggedText {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** Undefined until the text is translated. */
  translation: string | undefined;
}

/** Sizes and times of a translation, as far as it has come. No text. */
export interface TranslationFacts {
  readonly segments: number;
  /** In the order of the request. */
  readonly records: readonly RecordTokens[];
  readonly stageTimes: StageTimes;
  /** Batches in which its segments have been translated. */
  readonly batches: ReadonlySet<object>;
}

export interface RecordTokens {
  readonly source: number;
  /** Undefined until the record is translated. */
  readonly target: number | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Not there on requests that fail before any hook runs. */
    trace: RequestTrace | null | undefined;
  }
}

/**
 * Starts the trace. `onEnd` is called once, when the answer is complete or the client has gone.
 *
 * The end is the response's `close`: Fastify's `request.signal` and the request's own `close` fire when the
 * body has been read, which on a POST is long before the answer (fastify issues 6725, 7033), and its
 * `onResponse` hook does not run for clients that went away.
 */
export function startTrace(
  request: FastifyRequest,
  reply: FastifyReply,
  onEnd: (trace: RequestTrace) => void,
): void {
  const work = new AbortController();
  const trace: RequestTrace = {
    arrivedAtMs: performance.now(),
    work,
    errorCode: undefined,
  };
  request.trace = trace;
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) {
      trace.errorCode = 'client-closed';
      work.abort();
    }
    onEnd(trace);
  });
}
