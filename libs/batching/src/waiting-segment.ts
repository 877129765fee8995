import { TranslationError } from '#libs/domain';
import type { QueuedSegment } from './segment-queue.js';
import {
  ANYBODY,
  type DispatchedBatch,
  type SegmentTranslation,
  type SegmentWork,
  type SubmitOptions,
} from './segment-work.js';
import type { SharedTicket } from './shared-decodes.js';

/** What a segment is a part of. */
export interface SegmentOwner {
  readonly segments: readonly WaitingSegment[];
  /** Whether some of its work is done or under way, that of the parts before it included. */
  readonly hasBegun: boolean;
  /** Answers all that is not answered yet. */
  drop(reason: TranslationError): void;
  /** The segment has its answer; `error`: what it was rejected with. */
  settled(error: Error | undefined): void;
}

/** A segment from its arrival to its one answer. */
export class WaitingSegment implements QueuedSegment {
  readonly result: Promise<SegmentTranslation>;
  #resolve!: (translation: SegmentTranslation) => void;
  #reject!: (reason: Error) => void;
  #ticket: SharedTicket | undefined;
  #startedAtMs: number | undefined;
  #isSettled = false;

  constructor(
    readonly work: SegmentWork,
    private readonly options: SubmitOptions,
    private readonly submittedAtMs: number,
    readonly owner: SegmentOwner,
  ) {
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get sourceTokens(): number {
    return this.work.sourceTokenIds.length;
  }

  get caller(): NonNullable<SubmitOptions['caller']> {
    return this.options.caller ?? ANYBODY;
  }

  get deadlineAtMs(): number {
    return this.options.deadlineAtMs;
  }

  get request(): object {
    return this.options.signal;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Whether it has neither an answer nor anybody who works on one. */
  get isWaiting(): boolean {
    return !this.#isSettled && this.#ticket === undefined;
  }

  /** How long it waited until somebody worked on its answer; until now where nobody has yet. */
  waitedMs(nowMs: number): number {
    return (this.#startedAtMs ?? nowMs) - this.submittedAtMs;
  }

  findLateness(nowMs: number): TranslationError | undefined {
    return findLateness(this.options, nowMs);
  }

  /** Waits for the decode that answers the segment: its own, in a batch, or that of an equal one. */
  follow(ticket: SharedTicket, startedAtMs: number, batch?: DispatchedBatch): void {
    this.#ticket = ticket;
    this.#startedAtMs = startedAtMs;
    ticket.result.then(
      ({ hypotheses }) => {
        const inferenceMs = performance.now() - startedAtMs;
        const queueWaitMs = this.waitedMs(startedAtMs);
        this.#settle(() => {
          const isCacheHit = batch === undefined;
          this.#resolve({ hypotheses, queueWaitMs, inferenceMs, isCacheHit, batch });
        });
      },
      (reason: unknown) => {
        this.#fail(reason instanceof Error ? reason : new Error(String(reason)));
      },
    );
  }

  /** Answers a segment that nobody waits for, or that is too late, and takes it from the engine. */
  drop(reason: TranslationError): void {
    if (this.#isSettled) return;
    this.#fail(reason);
    this.#ticket?.cancel(reason);
  }

  #fail(reason: Error): void {
    this.#settle(() => {
      this.#reject(reason);
    }, reason);
  }

  #settle(answer: () => void, error?: Error): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    answer();
    this.owner.settled(error);
  }
}

/** Why nobody waits for a request any more; undefined where somebody does. */
export function findLateness(
  { deadlineAtMs, signal }: SubmitOptions,
  nowMs: number,
): TranslationError | undefined {
  if (signal.aborted) return clientClosed();
  return nowMs >= deadlineAtMs ? deadlineExceeded() : undefined;
}

export function deadlineExceeded(): TranslationError {
  return new TranslationError(
    'deadline-exceeded',
    'The deadline passed before the translation was done. Allow more time, or send less text at once.',
  );
}

export function clientClosed(): TranslationError {
  return new TranslationError('client-closed', 'The client closed the connection.');
}
