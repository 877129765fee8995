import { TranslationError } from '#libs/domain';
import type { EngineTicket } from '#libs/inference';
import type { SegmentTranslation, SegmentWork, SubmitOptions } from './segment-work.js';

/** What the owner of the queue hears of a request. */
export interface RequestListener {
  /** Nobody waits for this segment any more. */
  dropped(segment: WaitingSegment): void;
  /** Every segment of the request has settled. */
  settled(): void;
}

/** A request in the queue and in the engines: one deadline and one caller for all of its segments. */
export class SubmittedRequest {
  readonly segments: readonly WaitingSegment[];
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onAbort: () => void;
  #unsettled: number;

  /** Throws `deadline-exceeded` or `client-closed` where it is too late already. */
  constructor(
    works: readonly SegmentWork[],
    private readonly options: SubmitOptions,
    private readonly listener: RequestListener,
  ) {
    const { deadlineAtMs, signal } = options;
    const submittedAtMs = performance.now();
    if (signal.aborted) throw clientClosed();
    if (submittedAtMs >= deadlineAtMs) throw deadlineExceeded();
    this.#unsettled = works.length;
    this.segments = works.map(
      (work) =>
        new WaitingSegment(work, submittedAtMs, deadlineAtMs, () => {
          this.#countSettled();
        }),
    );
    if (Number.isFinite(deadlineAtMs))
      this.#timer = setTimeout(() => {
        this.drop(deadlineExceeded());
      }, deadlineAtMs - submittedAtMs);
    this.#onAbort = () => {
      this.drop(clientClosed());
    };
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Answers all that is not answered yet, and takes it from the queue and the engines. */
  drop(reason: TranslationError): void {
    for (const segment of this.segments) {
      this.listener.dropped(segment);
      segment.drop(reason);
    }
  }

  #countSettled(): void {
    if (--this.#unsettled > 0) return;
    clearTimeout(this.#timer);
    this.options.signal.removeEventListener('abort', this.#onAbort);
    this.listener.settled();
  }
}

/** A segment from its arrival to its one answer. */
export class WaitingSegment {
  readonly result: Promise<SegmentTranslation>;
  #resolve!: (translation: SegmentTranslation) => void;
  #reject!: (reason: Error) => void;
  #ticket: EngineTicket | undefined;
  #isSettled = false;

  constructor(
    readonly work: SegmentWork,
    private readonly submittedAtMs: number,
    private readonly deadlineAtMs: number,
    private readonly onSettled: () => void,
  ) {
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get sourceTokens(): number {
    return this.work.sourceTokenIds.length;
  }

  /** Rejects a segment whose deadline has passed; returns whether it has. */
  expireIfLate(nowMs: number): boolean {
    if (nowMs < this.deadlineAtMs) return false;
    this.drop(deadlineExceeded());
    return true;
  }

  /** Waits for the engine that has the segment now. */
  follow(ticket: EngineTicket, dispatchedAtMs: number): void {
    this.#ticket = ticket;
    ticket.result.then(
      ({ hypotheses }) => {
        this.#settle(() => {
          const inferenceMs = performance.now() - dispatchedAtMs;
          const queueWaitMs = dispatchedAtMs - this.submittedAtMs;
          this.#resolve({ hypotheses, queueWaitMs, inferenceMs });
        });
      },
      (reason: unknown) => {
        this.#settle(() => {
          this.#reject(reason instanceof Error ? reason : new Error(String(reason)));
        });
      },
    );
  }

  /** Answers a segment that nobody waits for, or that is too late, and takes it from the engine. */
  drop(reason: TranslationError): void {
    this.#settle(() => {
      this.#reject(reason);
    });
    this.#ticket?.cancel(reason);
  }

  #settle(answer: () => void): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    answer();
    this.onSettled();
  }
}

function deadlineExceeded(): TranslationError {
  return new TranslationError(
    'deadline-exceeded',
    'The deadline passed before the translation was done. Allow more time, or send less text at once.',
  );
}

function clientClosed(): TranslationError {
  return new TranslationError('client-closed', 'The client closed the connection.');
}
