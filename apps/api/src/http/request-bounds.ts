import type { FastifyRequest } from 'fastify';
import type { SubmitOptions } from '#libs/batching';
import { assertInvariant } from '#libs/domain';
import { timeoutMsOf } from './deadline.js';

/** When a request ends, whatever has become of it, and whose it is. */
export type RequestBounds = Omit<SubmitOptions, 'isContinuation'>;

/**
 * What a request's work has to keep to. Throws `invalid-request` where its head says nonsense of its time.
 *
 * @param limitMs the longest that any may take
 */
export function requestBounds({ headers, trace }: FastifyRequest, limitMs: number): RequestBounds {
  assertInvariant(trace != null, 'a request has no trace');
  return {
    deadlineAtMs: trace.arrivedAtMs + timeoutMsOf(headers['x-request-timeout-ms'], limitMs),
    signal: trace.work.signal,
    ...(trace.caller === undefined ? {} : { caller: trace.caller }),
  };
}
