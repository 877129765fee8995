import type { BatchingService, SegmentWork, SubmitOptions } from '#libs/batching';
import { DEFAULT_GENERATION_OPTIONS, TranslationError } from '#libs/domain';
import type { WatchedFlow } from './bypass-watch.js';
import type { ScheduledRequest } from './schedule.js';

/** Where a segment is, as its caller and its engine see it. */
interface SimulatedSegment {
  readonly work: SegmentWork;
  readonly index: number;
  readonly isContinuation: boolean;
  state: 'waiting' | 'started' | 'settled';
}

/** Codes that a segment may be rejected with, or a request refused. */
const EXPECTED: readonly string[] = [
  'deadline-exceeded',
  'no-capacity',
  'client-closed',
  'engine-failed',
];
const REFUSALS: readonly string[] = [
  ...EXPECTED,
  'over-share',
  'queue-full',
  'engine-unavailable',
  'draining',
];

/** A request and what has become of it; `faults` gets all that should not have. */
export class SimulatedRequest implements WatchedFlow {
  readonly share = 1;
  readonly segments: SimulatedSegment[] = [];
  readonly options: SubmitOptions;
  refusal: string | undefined;
  submittedAtMs = -Infinity;
  readonly #gone = new AbortController();

  constructor(
    readonly name: string,
    private readonly scheduled: ScheduledRequest,
    private readonly batching: BatchingService,
    private readonly faults: string[],
  ) {
    const { caller, deadlineMs, leavesAfterMs } = scheduled;
    this.options = {
      deadlineAtMs: performance.now() + deadlineMs,
      signal: this.#gone.signal,
      ...(caller === undefined ? {} : { caller }),
    };
    if (leavesAfterMs !== undefined)
      setTimeout(() => {
        this.#gone.abort();
      }, leavesAfterMs);
  }

  arrive(): void {
    this.#submit(this.scheduled.segments, false);
  }

  /** Submissions that are open: the request's own, and those that continue it. */
  get openSubmissions(): number {
    const parts = [false, true].map((isContinuation) =>
      this.segments.filter((segment) => segment.isContinuation === isContinuation),
    );
    const [own = [], continuing = []] = parts;
    // Each continuation is two halves, submitted by themselves.
    let open = own.some(isOpen) ? 1 : 0;
    for (let first = 0; first < continuing.length; first += 2)
      if (continuing.slice(first, first + 2).some(isOpen)) open++;
    return open;
  }

  get waiting(): readonly SimulatedSegment[] {
    return this.segments.filter(({ state }) => state === 'waiting');
  }

  get isLate(): boolean {
    return this.#gone.signal.aborted || performance.now() >= this.options.deadlineAtMs;
  }

  get isOpen(): boolean {
    return this.segments.some(isOpen);
  }

  #submit(segments: readonly (readonly number[])[], isContinuation: boolean): void {
    const works = segments.map((ids) => ({
      sourceTokenIds: Int32Array.from(ids),
      forcedBosId: 5,
      options: DEFAULT_GENERATION_OPTIONS,
    }));
    this.submittedAtMs = performance.now();
    let results: ReturnType<BatchingService['submit']>;
    try {
      // The engine asks for segments while they are submitted.
      const submitted = works.map((work, index): SimulatedSegment => {
        return { work, index, isContinuation, state: 'waiting' };
      });
      this.segments.push(...submitted);
      results = this.batching.submit(works, { ...this.options, isContinuation });
      results.forEach((result, index) => {
        void this.#follow(result, submitted[index]!);
      });
    } catch (error) {
      this.segments.length -= works.length;
      this.#refused(error);
    }
  }

  async #follow(
    result: ReturnType<BatchingService['submit']>[0],
    segment: SimulatedSegment,
  ): Promise<void> {
    const ids = segment.work.sourceTokenIds;
    try {
      const { hypotheses } = await result;
      if (hypotheses[0]?.tokenIds.join() !== ids.join())
        this.faults.push(`order: ${this.name} gets another segment's translation`);
      segment.state = 'settled';
      const half = Math.ceil(ids.length / 2);
      if (this.scheduled.isHalved && !segment.isContinuation && ids.length > 1)
        this.#submit([[...ids.slice(0, half)], [...ids.slice(half)]], true);
    } catch (error) {
      segment.state = 'settled';
      if (!(error instanceof TranslationError) || !EXPECTED.includes(error.code))
        this.faults.push(`settlement: ${this.name} is rejected with ${String(error)}`);
    }
  }

  #refused(error: unknown): void {
    if (!(error instanceof TranslationError) || !REFUSALS.includes(error.code)) throw error;
    this.refusal = error.code;
    const seconds = error.retryAfterSeconds ?? 1;
    if (seconds < 1 || seconds > 60) this.faults.push(`refusal: Retry-After is ${seconds}`);
  }
}

function isOpen({ state }: SimulatedSegment): boolean {
  return state !== 'settled';
}
