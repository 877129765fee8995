import type { FastifyRequest } from 'fastify';
import type { Callers } from '../callers.js';

/** Notes in the trace whose key it is. Throws `unauthorized` where it is nobody's, with `refusal` if given. */
export function noteCaller(
  { trace }: FastifyRequest,
  callers: Callers,
  key: string | undefined,
  refusal?: string,
): void {
  const caller = callers.identify(key, refusal);
  if (caller !== undefined && trace) trace.caller = caller;
}
