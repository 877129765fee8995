import { randomInt } from 'node:crypto';

const LONGEST_SECONDS = 60;

/**
 * Whole seconds for the header Retry-After: the wait rounded up, and up to a quarter more, at random, so
 * that callers who were refused together do not come back together. From 1 s to a minute: what is further
 * off is not known.
 */
export function retryAfterSeconds(waitMs: number): number {
  const seconds = Math.min(LONGEST_SECONDS, Math.max(1, Math.ceil(waitMs / 1000)));
  return Math.min(LONGEST_SECONDS, seconds + randomInt(Math.ceil(seconds / 4) + 1));
}
