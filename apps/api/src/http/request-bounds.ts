import type { FastifyRequest } from 'fastify';
import type { SubmitOptions } from '#libs/batching';
import { assertInvariant } from '#libs/domain';
import { timeoutMsOf } from './deadline.js';

/**
 * What a request's work has to keep to. Throws `invalid-request` where its head says nonsense of its time.
 *
 * @param limitMs the longest that any may take
 */
export function requestBounds(
  { headers, trace }: FastifyRequest,
  limitMs: number,
): Omit<SubmitOptions, 'isContinuation'> {
  assertInvariant(trace != null, 'a request has no trace');
  return {
    deadlineAtMs: trace.arrivedAtMs + timeoutMsOf(headers['x-request-timeout-ms'], limitMs),
    signal: trace.work.signal,
    ...(trace.caller === undefined ? {} : { caller: trace.caller }),
  };
}
