import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { bufferTime, connect, exhaustMap, startWith, Subject, type Subscription, take } from 'rxjs';
import { TranslationError } from '#libs/domain';
import type { InferenceService } from '#libs/inference';
import { AdmissionGate } from './admission-gate.js';
import { SegmentQueue } from './segment-queue.js';
import type { SegmentTranslation, SegmentWork, SubmitOptions } from './segment-work.js';
import { SubmittedRequest, type WaitingSegment } from './submitted-request.js';

export interface BatchingSettings {
  /** Longest that an idle engine waits for company after an arrival. */
  readonly windowMs: number;
  /** So many arrivals end the wait. */
  readonly windowSegments: number;
  readonly maxQueueTokens: number;
}

/** What the queue needs of the engines. */
export type EnginePort = Pick<
  InferenceService,
  'state' | 'room' | 'statistics' | 'onChange' | 'submit'
>;

const LONGEST_RETRY_AFTER_SECONDS = 60;

/**
 * The way to the engines. Requests of any size come in at any time; their segments wait in one bounded
 * queue, and whenever an engine has room it gets as many as it can decode. A batch is cut at that moment,
 * never before, so late arrivals still travel with those that came first.
 */
@Injectable()
export class BatchingService implements OnApplicationShutdown {
  readonly #queue = new SegmentQueue<WaitingSegment>();
  readonly #gate: AdmissionGate;
  readonly #arrivals = new Subject<WaitingSegment>();
  readonly #coalescing: Subscription;
  readonly #open = new Set<SubmittedRequest>();
  #whenIdle: (() => void)[] = [];

  constructor(
    private readonly inference: EnginePort,
    private readonly settings: BatchingSettings,
  ) {
    this.#gate = new AdmissionGate(settings.maxQueueTokens);
    this.#coalescing = this.#coalesceArrivals();
    inference.onChange(() => {
      this.#dispatch();
    });
  }

  get isDraining(): boolean {
    return this.#gate.isDraining;
  }

  get queuedSegments(): number {
    return this.#queue.size;
  }

  get queuedTokens(): number {
    return this.#queue.tokens;
  }

  /**
   * Takes a request's segments, all or none. Throws a `TranslationError` where it takes none: `draining`,
   * `engine-unavailable`, `queue-full`, `deadline-exceeded`, `client-closed`.
   *
   * @returns a promise for each segment, in order. They reject with a `TranslationError`, all of them where
   * the deadline passes or the caller goes away; whoever calls has to handle each.
   */
  submit(segments: readonly SegmentWork[], options: SubmitOptions): Promise<SegmentTranslation>[] {
    if (segments.length === 0) return [];
    const sourceTokens = segments.reduce((sum, work) => sum + work.sourceTokenIds.length, 0);
    if (options.isContinuation !== true)
      this.#gate.assertAdmits(sourceTokens, this.#queue.tokens, this.#retryAfterSeconds());
    if (this.inference.state !== 'ready')
      throw new TranslationError(
        'engine-unavailable',
        'The engine is not ready: it is being started. Try again shortly.',
        { retryAfterSeconds: 1 },
      );
    const request = new SubmittedRequest(segments, options, {
      dropped: (segment) => {
        this.#queue.remove(segment);
      },
      settled: () => {
        this.#close(request);
      },
    });
    this.#open.add(request);
    for (const segment of request.segments) {
      this.#queue.push(segment);
      this.#arrivals.next(segment);
    }
    return request.segments.map(({ result }) => result);
  }

  /** From now on every submission is refused with `draining`; what is here is finished. */
  drain(): void {
    this.#gate.close();
  }

  /** Resolves when nothing that was submitted is open. */
  async whenIdle(): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /** Answers every open request with `reason`; returns how many there were. */
  dropAll(reason: TranslationError): number {
    const open = [...this.#open];
    for (const request of open) request.drop(reason);
    return open.length;
  }

  onApplicationShutdown(): void {
    this.#coalescing.unsubscribe();
  }

  /**
   * An arrival opens a window; it closes after `windowMs` or with `windowSegments` arrivals, and then the
   * queue is looked at. Without arrivals no timer runs. A busy engine does not wait for the window: it draws
   * from the queue as soon as it has room.
   */
  #coalesceArrivals(): Subscription {
    const { windowMs, windowSegments } = this.settings;
    return this.#arrivals
      .pipe(
        connect((arrivals) =>
          arrivals.pipe(
            exhaustMap((first) =>
              arrivals.pipe(startWith(first), bufferTime(windowMs, null, windowSegments), take(1)),
            ),
          ),
        ),
      )
      .subscribe(() => {
        this.#dispatch();
      });
  }

  /** Gives the engines as much as they have room for. */
  #dispatch(): void {
    const nowMs = performance.now();
    const cut: WaitingSegment[] = [];
    for (let room = this.inference.room; room > 0;) {
      const segment = this.#queue.shift();
      if (segment === undefined) break;
      if (segment.expireIfLate(nowMs)) continue;
      cut.push(segment);
      room--;
    }
    if (cut.length === 0) return;
    const tickets = this.inference.submit(cut.map(({ work }) => work));
    cut.forEach((segment, index) => {
      const ticket = tickets[index];
      if (ticket !== undefined) segment.follow(ticket, nowMs);
    });
  }

  #close(request: SubmittedRequest): void {
    this.#open.delete(request);
    if (this.#open.size > 0) return;
    const listeners = this.#whenIdle;
    this.#whenIdle = [];
    for (const listener of listeners) listener();
  }

  /** When the queue as it is will have been worked off, at the speed measured so far. */
  #retryAfterSeconds(): number {
    const { sourceTokens, encodeMs, stepMs } = this.inference.statistics;
    if (sourceTokens === 0) return 1;
    const seconds = (this.#queue.tokens * (encodeMs + stepMs)) / sourceTokens / 1000;
    return Math.min(LONGEST_RETRY_AFTER_SECONDS, Math.max(1, Math.ceil(seconds)));
  }
}
