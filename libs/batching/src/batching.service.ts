import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Subject, type Subscription } from 'rxjs';
import { assertInvariant, type TranslationError } from '#libs/domain';
import type { InferenceService } from '#libs/inference';
import { Admission, engineUnavailable } from './admission.js';
import type { AdmissionBounds } from './admission-gate.js';
import { ArrivalQueue } from './arrival-queue.js';
import { type ArrivalWindow, windowEnds } from './arrival-window.js';
import { BatchCutter, type DroppedRequest, type StartedSegment } from './batch-cutter.js';
import { FairQueue } from './fair-queue.js';
import type { SegmentQueue } from './segment-queue.js';
import type {
  DispatchedBatch,
  SegmentTranslation,
  SegmentWork,
  SubmitOptions,
} from './segment-work.js';
import { SharedDecodes } from './shared-decodes.js';
import { ShedCounts } from './shed-counts.js';
import { SubmittedRequest } from './submitted-request.js';
import { findLateness, type WaitingSegment } from './waiting-segment.js';

export interface BatchingSettings extends AdmissionBounds, ArrivalWindow {
  /** `fair`: callers and requests take turns; `arrival`: first come, first served. */
  readonly queueOrder: 'fair' | 'arrival';
  /** Bytes of finished segments that are kept; 0 shares no decodes at all. */
  readonly cacheBytes: number;
}

/** What the queue needs of the engines. */
export type EnginePort = Pick<
  InferenceService,
  'state' | 'room' | 'sentencesInHand' | 'capacity' | 'statistics' | 'onChange' | 'submit'
> & {
  /** Calls `listener` whenever an engine has told how far it is. */
  onStatus(listener: () => void): void;
};

/**
 * The way to the engines. Requests of any size come in at any time; their segments wait in one bounded
 * queue, and whenever an engine has room it gets as many as it can decode. A batch is cut at that moment,
 * never before, so late arrivals still travel with those that came first.
 */
@Injectable()
export class BatchingService implements OnApplicationShutdown {
  /** Segments that were given up. */
  readonly shed = new ShedCounts();
  readonly #queue: SegmentQueue<WaitingSegment>;
  readonly #admission: Admission;
  readonly #shared: SharedDecodes | undefined;
  readonly #cutter: BatchCutter;
  readonly #arrivals = new Subject<void>();
  readonly #coalescing: Subscription;
  readonly #open = new Set<SubmittedRequest>();
  #whenIdle: (() => void)[] = [];
  #onBatch: (batch: DispatchedBatch) => void = () => undefined;

  constructor(
    private readonly inference: EnginePort,
    settings: BatchingSettings,
  ) {
    this.#queue = settings.queueOrder === 'fair' ? new FairQueue() : new ArrivalQueue();
    this.#admission = new Admission(settings, inference, this.#queue);
    if (settings.cacheBytes > 0) this.#shared = new SharedDecodes(settings.cacheBytes);
    this.#cutter = new BatchCutter(this.#queue, this.#admission, this.#shared);
    // A busy engine does not wait for the end of a window: it draws as soon as it has room.
    this.#coalescing = windowEnds(this.#arrivals, settings).subscribe(() => {
      this.#dispatch();
    });
    inference.onChange(() => {
      this.#dispatch();
    });
    inference.onStatus(() => {
      this.#giveUpHopeless();
    });
  }

  get isDraining(): boolean {
    return this.#admission.isDraining;
  }

  get queuedSegments(): number {
    return this.#queue.size;
  }

  /** Source tokens of what waits. */
  get queuedTokens(): number {
    return this.#admission.taken.tokens;
  }

  /** Requests of which a segment waits for an engine. */
  get queuedRequests(): number {
    return this.#queue.requests;
  }

  /** Requests that wait or run. */
  get openRequests(): number {
    return this.#admission.taken.requests;
  }

  /** How long the engines, as they are, would work on what waits. */
  get backlogSeconds(): number {
    return this.#admission.backlogSeconds;
  }

  /** How long the segment has waited that has waited longest; 0 where none does. */
  get longestWaitMs(): number {
    let oldestAtMs = Infinity;
    for (const { submittedAtMs, segments } of this.#open)
      if (submittedAtMs < oldestAtMs && segments.some((segment) => segment.isWaiting))
        oldestAtMs = submittedAtMs;
    return Math.max(0, performance.now() - oldestAtMs);
  }

  /** Segments that were answered by an equal one's decode. */
  get cacheHits(): number {
    return this.#shared?.hits ?? 0;
  }

  /** Bytes of finished segments that are kept. */
  get cachedBytes(): number {
    return this.#shared?.bytes ?? 0;
  }

  /**
   * Takes a request's segments, all or none. Throws a `TranslationError` where it takes none: `draining`,
   * `engine-unavailable`, `over-share`, `queue-full`, `no-capacity`, `deadline-exceeded`, `client-closed`.
   *
   * @returns a promise for each segment, in order. They reject with a `TranslationError`, all of them where
   * the deadline passes or the caller goes away; whoever calls has to handle each.
   */
  submit(works: readonly SegmentWork[], options: SubmitOptions): Promise<SegmentTranslation>[] {
    if (works.length === 0) return [];
    const nowMs = performance.now();
    this.#assertInTime(works, options, nowMs);
    const isShared = works.map((work) => this.#shared?.has(work) === true);
    const toDecode = works.filter((_, index) => isShared[index] !== true);
    const admitted = this.#admission.admit(toDecode, options, nowMs);
    const request = new SubmittedRequest(works, options, nowMs, {
      dropped: (segments, reason) => {
        this.#cutter.takeOut(segments);
        for (const segment of segments)
          if (!segment.isSettled)
            this.shed.count(segment.isWaiting ? 'dequeue' : 'running', reason);
      },
      settled: (error) => {
        admitted.settled(error, request.waitedMs(performance.now()));
        this.#close(request);
      },
    });
    this.#open.add(request);
    // Before the queue moves: what was found a moment ago is still there.
    request.segments.forEach((segment, index) => {
      if (isShared[index] === true) this.#cutter.followEqual(segment, nowMs);
    });
    const toQueue = request.segments.filter((_, index) => isShared[index] !== true);
    for (const segment of toQueue) this.#queue.push(segment);
    // An engine may take or drop them as soon as it hears of the first: all are there by then.
    toQueue.forEach(() => {
      this.#arrivals.next();
    });
    return request.segments.map(({ result }) => result);
  }

  /**
   * Throws what `submit` throws where it would not take a request that is expected to have so many source tokens, so that
   * none is read in vain. What equal segments have left may still answer a request, so with a cache nothing is said
   * beforehand.
   */
  assertTakes(sourceTokens: number, options: SubmitOptions): void {
    const nowMs = performance.now();
    this.#assertInTime([], options, nowMs);
    if (this.#shared === undefined) this.#admission.assertAdmits(sourceTokens, options, nowMs);
  }

  /** From now on every submission is refused with `draining`; what is here is finished. */
  drain(): void {
    this.#admission.close();
  }

  /** Calls `listener` whenever segments leave for the engines. There is one listener. */
  onBatch(listener: (batch: DispatchedBatch) => void): void {
    this.#onBatch = listener;
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

  #assertInTime(works: readonly SegmentWork[], options: SubmitOptions, nowMs: number): void {
    const fault = findLateness(options, nowMs);
    if (fault === undefined) return;
    this.shed.count('arrival', fault, works.length);
    throw fault;
  }

  /** Gives the engines as much as they have room for. */
  #dispatch(): void {
    if (this.inference.state === 'failed') {
      this.dropAll(engineUnavailable('it has failed for good'));
      return;
    }
    const nowMs = performance.now();
    const { started, dropped } = this.#cutter.cut(this.inference.room, nowMs);
    if (started.length > 0) this.#start(started, nowMs);
    // What these have in the engines makes room for a batch of its own.
    drop(dropped);
  }

  /** What engines tell of themselves may be that they are too slow for all that they have. */
  #giveUpHopeless(): void {
    drop(this.#cutter.findHopeless(performance.now()));
  }

  #start(cut: readonly StartedSegment[], nowMs: number): void {
    const moreFollow = this.#queue.size > 0;
    const tickets = this.inference.submit(
      cut.map(({ segment }) => ({ ...segment.work, moreFollow })),
    );
    const batch: DispatchedBatch = {
      dispatchedAtMs: nowMs,
      segments: cut.length,
      sentencesInHand: this.inference.sentencesInHand,
      sourceTokens: cut.reduce((sum, { segment }) => sum + segment.sourceTokens, 0),
      done: Promise.allSettled(tickets.map(({ result }) => result)).then(() => undefined),
    };
    this.#onBatch(batch);
    cut.forEach(({ segment, decode, member }, index) => {
      const ticket = tickets[index];
      assertInvariant(ticket !== undefined, 'a segment has no ticket');
      member.start(ticket);
      const end = (): void => {
        member.leave();
        // The engines have told of their room before anybody had left the company.
        if (this.#queue.size > 0) this.#dispatch();
      };
      ticket.result.then(end, end);
      decode?.start(ticket);
      segment.follow(decode?.join() ?? ticket, nowMs, batch);
    });
  }

  #close(request: SubmittedRequest): void {
    this.#open.delete(request);
    if (this.#open.size > 0) return;
    const listeners = this.#whenIdle;
    this.#whenIdle = [];
    for (const listener of listeners) listener();
  }
}

function drop(requests: readonly DroppedRequest[]): void {
  for (const { owner, reason } of requests) owner.drop(reason);
}
