import { assertInvariant, type ErrorCode, TranslationError } from '#libs/domain';
import type { Forecast } from './finish-forecast.js';
import { retryAfterSeconds } from './retry-after.js';
import type { Caller } from './segment-work.js';

/**
 * Room for error in a forecast, as a factor: at the gate in that of the wait. Work that ends late is lost, and where requests wait
 * the engines have enough to do: a shorter queue costs nothing. What need not wait gets no such margin, or
 * engines whose work takes most of a deadline would stand half empty.
 */
const MARGIN = 1.25;

/** What may be under way at once. */
export interface AdmissionBounds {
  /** Source tokens that wait for an engine. */
  readonly maxQueueTokens: number;
  /** Requests that wait or run. */
  readonly maxQueueRequests: number;
}

/** Permits: what a request takes when it comes and gives back bit by bit. */
export interface Permits {
  /** Source tokens that wait for an engine. */
  readonly tokens: number;
  readonly requests: number;
}

/** A request at the gate. */
export interface AdmissionAsk {
  readonly caller: Caller;
  /** Source tokens that would wait. */
  readonly tokens: number;
  /** Whether those are not known yet. */
  readonly isExpected: boolean;
  /** Until its deadline. */
  readonly remainingMs: number;
  readonly forecast: Forecast;
  /** Whether an engine works or something waits. */
  readonly isBusy: boolean;
}

/**
 * Lets a request in whole or not at all, and keeps count of what was let in. Callers that are told apart
 * have parts of the queue by their shares, so that none can fill it for the others.
 */
export class AdmissionGate {
  #isDraining = false;
  #taken: Permits = { tokens: 0, requests: 0 };
  readonly #takenBy = new Map<Caller, Permits>();

  constructor(private readonly bounds: AdmissionBounds) {}

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Permits that are out. */
  get taken(): Permits {
    return this.#taken;
  }

  /** From now on nothing is let in. */
  close(): void {
    this.#isDraining = true;
  }

  /**
   * Takes a request's permits, all of them, or throws `draining`, `over-share`, `queue-full` or
   * `no-capacity` and takes none.
   *
   * A request that is larger than the whole queue is let in where nothing waits: it could never be
   * otherwise, and the limits on bodies bound it. An idle service tries every request, whatever the forecast
   * says: nobody is kept waiting, and what it takes in truth corrects the forecast.
   */
  admit(ask: AdmissionAsk): void {
    this.assertAdmits(ask);
    this.take(ask.caller, { tokens: ask.tokens, requests: 1 });
  }

  /** Throws what `admit` would throw. */
  assertAdmits(ask: AdmissionAsk): void {
    if (this.#isDraining)
      throw new TranslationError(
        'draining',
        'This server is shutting down and takes no new work. Send the request again: another one will take it.',
        { retryAfterSeconds: 1 },
      );
    this.#assertRoom(ask);
    if (!ask.isBusy) return;
    const { forecast, remainingMs } = ask;
    if (latestMs(forecast) > remainingMs || forecast.waitMs > forecast.longestWaitMs)
      throw this.#tooLate(ask);
  }

  /** Takes permits without asking: for what follows from a request that was let in. */
  take(caller: Caller, permits: Permits): void {
    this.#taken = sum(this.#taken, permits, 1);
    this.#takenBy.set(caller, sum(this.#takenOf(caller), permits, 1));
  }

  giveBack(caller: Caller, permits: Permits): void {
    this.#taken = sum(this.#taken, permits, -1);
    const left = sum(this.#takenOf(caller), permits, -1);
    assertInvariant(left.tokens >= 0 && left.requests >= 0, 'permits came back twice');
    if (left.tokens + left.requests === 0) this.#takenBy.delete(caller);
    else this.#takenBy.set(caller, left);
  }

  #assertRoom({ caller, tokens, isExpected, forecast: { msPerToken } }: AdmissionAsk): void {
    const { maxQueueTokens, maxQueueRequests } = this.bounds;
    const size = isExpected ? `some ${tokens}` : `${tokens}`;
    const part = caller.share / caller.allShares;
    if (part < 1) {
      const own = this.#takenOf(caller);
      const over = own.tokens + tokens - maxQueueTokens * part;
      if ((this.#taken.tokens > 0 && over > 0) || own.requests >= maxQueueRequests * part)
        throw refusal(
          'over-share',
          `${own.tokens} source tokens in ${own.requests} requests of ${caller.name} are under way and this request has ${size}; the part of the queue that ${caller.name} has holds ${Math.floor(maxQueueTokens * part)} in ${Math.floor(maxQueueRequests * part)} requests.`,
          (over * msPerToken) / part,
        );
    }
    if (this.#taken.requests >= maxQueueRequests)
      throw refusal(
        'queue-full',
        `${this.#taken.requests} requests are under way, and ${maxQueueRequests} are allowed.`,
        (this.#taken.tokens * msPerToken) / this.#taken.requests,
      );
    const over = this.#taken.tokens + tokens - maxQueueTokens;
    if (this.#taken.tokens > 0 && over > 0)
      throw refusal(
        'queue-full',
        `${this.#taken.tokens} source tokens wait, this request has ${size}, and the queue holds ${maxQueueTokens}.`,
        over * msPerToken,
      );
  }

  #tooLate({ caller, tokens, forecast, remainingMs }: AdmissionAsk): TranslationError {
    const isOverShare = this.#isOverShare(caller, tokens);
    const lateMs = latestMs(forecast);
    const lateness =
      lateMs > remainingMs
        ? `this request is expected to take up to ${seconds(lateMs)} and has ${seconds(remainingMs)}`
        : `this request would wait ${seconds(forecast.waitMs)}, and then have too little of its ${seconds(remainingMs)} left to share an engine with others`;
    return refusal(
      isOverShare ? 'over-share' : 'no-capacity',
      isOverShare
        ? `Others wait too, ${caller.name} has more than its share in the queue, and ${lateness}.`
        : `At this load ${lateness}.`,
      lateMs - remainingMs,
    );
  }

  /** Whether others wait, and this caller would have more of the queue than its share among those that wait. */
  #isOverShare(caller: Caller, tokens: number): boolean {
    let shares = caller.share;
    for (const [other, permits] of this.#takenBy)
      if (other !== caller && permits.tokens > 0) shares += other.share;
    if (shares === caller.share) return false;
    const own = this.#takenOf(caller).tokens + tokens;
    return own / (this.#taken.tokens + tokens) > caller.share / shares;
  }

  #takenOf(caller: Caller): Permits {
    return this.#takenBy.get(caller) ?? { tokens: 0, requests: 0 };
  }
}

/** When a request is finished at the latest, as far as can be told. */
function latestMs({ waitMs, workMs }: Forecast): number {
  return waitMs * MARGIN + workMs;
}

function sum(permits: Permits, others: Permits, sign: 1 | -1): Permits {
  return {
    tokens: permits.tokens + sign * others.tokens,
    requests: permits.requests + sign * others.requests,
  };
}

function refusal(code: ErrorCode, reason: string, waitMs: number): TranslationError {
  return new TranslationError(
    code,
    `${reason} Try again later, with fewer records, or with more time.`,
    { retryAfterSeconds: retryAfterSeconds(waitMs) },
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
