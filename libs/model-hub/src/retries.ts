import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '#libs/domain';

/** A failure that may be gone the next time. The message is a sentence. */
export class TransientFault extends Error {
  constructor(
    message: string,
    /** How long the server asks to be left alone. */
    readonly retryAfterMs?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'TransientFault';
  }
}

/** The hub could not be reached, or was in no state to answer, for as long as it was tried. */
export class HubUnreachableError extends OperatorError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HubUnreachableError';
  }
}

export interface RetryOptions {
  /** How many attempts there are, asked after each failure: progress may earn more. */
  readonly attempts: () => number;
  /** Grows when an attempt got further than any before it: then waiting starts over at its shortest. */
  readonly progress?: () => number;
  readonly delayMs: number;
  readonly longestDelayMs: number;
  /** Told in a sentence why and when it is tried again. */
  readonly onRetry: (notice: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Tries again after a `TransientFault`: with exponential back-off and jitter, or when the server says.
 *
 * @throws HubUnreachableError after the last attempt; any other error at once.
 */
export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  { attempts, progress = () => 0, delayMs, longestDelayMs, onRetry, signal }: RetryOptions,
): Promise<Result> {
  let best = progress();
  let inARow = 0;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TransientFault)) throw error;
      if (failures >= attempts() || (error.retryAfterMs ?? 0) > longestDelayMs)
        throw new HubUnreachableError(describeEnd(error, failures), { cause: error });
      inARow = progress() > best ? 1 : inARow + 1;
      best = progress();
      const backOffMs = Math.min(longestDelayMs, delayMs * 2 ** (inARow - 1));
      const waitMs = error.retryAfterMs ?? randomInt(Math.ceil(backOffMs / 2), backOffMs + 1);
      onRetry(`${error.message} Trying again in ${(waitMs / 1000).toFixed(1)} s.`);
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    }
  }
}

function describeEnd({ message, retryAfterMs }: TransientFault, failures: number): string {
  const tries = failures === 1 ? 'once' : `${failures} times`;
  const later =
    retryAfterMs === undefined
      ? ''
      : ` It asks to be left alone for ${Math.ceil(retryAfterMs / 1000)} s.`;
  return `${message} This was tried ${tries}.${later} Try again later; what has arrived is kept.`;
}

/** Milliseconds of a `Retry-After` header: seconds or a date (RFC 9110, 10.2.3). */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  // `Date.parse` alone would find a date in almost anything.
  const atMs = header.endsWith(' GMT') ? Date.parse(header) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
