import { setMaxListeners } from 'node:events';
import type { TranslationError } from '#libs/domain';
import type { SegmentWork, SubmitOptions } from './segment-work.js';
import {
  clientClosed,
  deadlineExceeded,
  type SegmentOwner,
  WaitingSegment,
} from './waiting-segment.js';

/** What the owner of the queue hears of a request. */
export interface RequestListener {
  /** Nobody waits for these segments any more; each that is not answered yet is answered next. */
  dropped(segments: readonly WaitingSegment[], reason: TranslationError): void;
  /** Every segment has settled: `error` is the first that a segment was rejected with. */
  settled(error: Error | undefined): void;
}

/** A request in the queue and in the engines: one deadline and one caller for all of its segments. */
export class SubmittedRequest implements SegmentOwner {
  readonly segments: readonly WaitingSegment[];
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onAbort: () => void;
  #unsettled: number;
  #error: Error | undefined;

  /** Submit what is in time still. */
  constructor(
    works: readonly SegmentWork[],
    private readonly options: SubmitOptions,
    readonly submittedAtMs: number,
    private readonly listener: RequestListener,
  ) {
    const { deadlineAtMs, signal } = options;
    this.#unsettled = works.length;
    this.segments = works.map((work) => new WaitingSegment(work, options, submittedAtMs, this));
    if (Number.isFinite(deadlineAtMs))
      this.#timer = setTimeout(() => {
        this.drop(deadlineExceeded());
      }, deadlineAtMs - submittedAtMs);
    this.#onAbort = () => {
      this.drop(clientClosed());
    };
    // The parts of a long request are followed by others in their place: they listen to one signal.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get hasBegun(): boolean {
    return (
      this.options.isContinuation === true || this.segments.some(({ isWaiting }) => !isWaiting)
    );
  }

  /** How long its last segment waited for an engine; until now where one waits. */
  waitedMs(nowMs: number): number {
    return this.segments.reduce((most, segment) => Math.max(most, segment.waitedMs(nowMs)), 0);
  }

  /** Answers all that is not answered yet, and takes it from the queue and the engines. */
  drop(reason: TranslationError): void {
    this.listener.dropped(this.segments, reason);
    for (const segment of this.segments) segment.drop(reason);
  }

  settled(error: Error | undefined): void {
    this.#error ??= error;
    if (--this.#unsettled > 0) return;
    clearTimeout(this.#timer);
    this.options.signal.removeEventListener('abort', this.#onAbort);
    this.listener.settled(this.#error);
  }
}
