import { TranslationError } from '#libs/domain';
import type { InferenceService } from '#libs/inference';
import {
  type AdmissionAsk,
  type AdmissionBounds,
  AdmissionGate,
  type Permits,
} from './admission-gate.js';
import { findHopeless } from './company-triage.js';
import { EngineCompany, workLimitMs } from './engine-company.js';
import { FinishForecast, type ForecastAsk, type ForecastWork } from './finish-forecast.js';
import type { QueuedSegment, SegmentQueue } from './segment-queue.js';
import { ANYBODY, type SegmentWork, type SubmitOptions } from './segment-work.js';
import type { SegmentOwner } from './waiting-segment.js';

const NOTHING = { tokensUntilDone: 0, longestTokens: 0, withinMs: Infinity };

type AskedSize = Pick<AdmissionAsk, 'tokens' | 'isExpected'> & Pick<ForecastAsk, 'longestTokens'>;

/** A request that was let in, until its last segment has settled. */
export interface AdmittedRequest {
  /**
   * @param error what the request failed with, where it did
   * @param waitedMs until its last segment got to an engine; all the time where that never did
   */
  readonly settled: (error: Error | undefined, waitedMs: number) => void;
}

/** All that is decided of a request before any of it waits: whether there is room, and time. */
export class Admission {
  readonly company = new EngineCompany();
  readonly #gate: AdmissionGate;
  readonly #forecast: FinishForecast;

  constructor(
    bounds: AdmissionBounds,
    private readonly inference: Pick<
      InferenceService,
      'state' | 'room' | 'capacity' | 'statistics'
    >,
    private readonly queue: Pick<SegmentQueue<QueuedSegment>, 'size' | 'tokensUntilDone'>,
  ) {
    this.#gate = new AdmissionGate(bounds);
    this.#forecast = new FinishForecast(
      inference,
      () => performance.now(),
      () => this.mostInCompany(performance.now()),
    );
  }

  get isDraining(): boolean {
    return this.#gate.isDraining;
  }

  /** Permits that are out. */
  get taken(): Permits {
    return this.#gate.taken;
  }

  /** How long the engines, as they are, would work on what waits. */
  get backlogSeconds(): number {
    return (this.#gate.taken.tokens * this.#forecast.of(NOTHING).msPerToken) / 1000;
  }

  /** From now on nothing is let in but what continues. */
  close(): void {
    this.#gate.close();
  }

  /**
   * Takes the permits of a request, of which `works` will wait, or throws `draining`, `engine-unavailable`,
   * `over-share`, `queue-full` or `no-capacity`.
   */
  admit(works: readonly SegmentWork[], options: SubmitOptions, nowMs: number): AdmittedRequest {
    const sizes = works.map(({ sourceTokenIds }) => sourceTokenIds.length);
    const size = {
      tokens: sizes.reduce((sum, tokens) => sum + tokens, 0),
      longestTokens: sizes.reduce((longest, tokens) => Math.max(longest, tokens), 0),
      isExpected: false,
    };
    const ask = this.#askFor(size, options, nowMs);
    if (options.isContinuation === true)
      this.#gate.take(ask.caller, { tokens: ask.tokens, requests: 1 });
    else {
      this.#assertReady();
      this.#gate.admit(ask);
    }
    return {
      settled: (error, waitedMs) => {
        this.#gate.giveBack(ask.caller, { tokens: 0, requests: 1 });
        if (options.isContinuation !== true && tellsOfWait(error))
          this.#forecast.learnWait(ask.forecast, waitedMs);
      },
    };
  }

  /** Throws what `admit` throws where a request would not be let in that is expected to have so many tokens. */
  assertAdmits(tokens: number, options: SubmitOptions, nowMs: number): void {
    this.#assertReady();
    const longestTokens = Math.min(tokens, this.#forecast.usualTokens);
    this.#gate.assertAdmits(
      this.#askFor({ tokens, longestTokens, isExpected: true }, options, nowMs),
    );
  }

  /** A segment waits no longer. */
  left({ caller, sourceTokens }: QueuedSegment): void {
    this.#gate.giveBack(caller, { tokens: sourceTokens, requests: 0 });
  }

  /** How many segments there may be in the engines, so that all who are there are in time; infinite where nobody minds. */
  mostInCompany(nowMs: number): number {
    return this.#forecast.mostTogether(...this.company.works(nowMs));
  }

  /** As long as a segment may wait that could be in the engines for so long at once. */
  longestWaitMs(work: ForecastWork): number {
    return this.#forecast.longestWaitMs(work);
  }

  /** How many segments, itself included, one can bear in the engines and still be in time. */
  mostTogether(work: ForecastWork): number {
    return this.#forecast.mostTogether(work);
  }

  /** Requests in the engines without which the others can be in time, where all cannot be any more. */
  findHopeless(nowMs: number): SegmentOwner[] {
    return findHopeless(this.company.members, this.#forecast, nowMs);
  }

  #assertReady(): void {
    if (!this.isDraining && this.inference.state !== 'ready')
      throw engineUnavailable('it is being started');
  }

  #askFor(
    { tokens, longestTokens, isExpected }: AskedSize,
    { caller = ANYBODY, deadlineAtMs }: SubmitOptions,
    nowMs: number,
  ): AdmissionAsk {
    return {
      caller,
      tokens,
      isExpected,
      remainingMs: deadlineAtMs - nowMs,
      forecast: this.#forecast.of({
        tokensUntilDone: this.queue.tokensUntilDone(caller, tokens),
        longestTokens,
        withinMs: workLimitMs(deadlineAtMs, nowMs),
      }),
      isBusy: this.queue.size > 0 || this.inference.room < this.inference.capacity.sentences,
    };
  }
}

/** Whether a request waited as long as it had to: it was translated, or ran out of time here or there. */
function tellsOfWait(error: Error | undefined): boolean {
  if (error === undefined) return true;
  return (
    error instanceof TranslationError &&
    (error.code === 'no-capacity' || error.code === 'deadline-exceeded')
  );
}

export function engineUnavailable(reason: string): TranslationError {
  return new TranslationError(
    'engine-unavailable',
    `The engine is not ready: ${reason}. Try again shortly.`,
    { retryAfterSeconds: 1 },
  );
}
