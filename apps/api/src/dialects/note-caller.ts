import type { FastifyRequest } from 'fastify';
import { TranslationError } from '#libs/domain';
import type { Callers } from '../callers.js';

/** Notes in the trace whose key it is. Throws `unauthorized` in the words of a dialect where it is nobody's. */
export function noteCaller(
  { trace }: FastifyRequest,
  callers: Callers,
  key: string | undefined,
  refusal: string,
): void {
  try {
    const caller = callers.identify(key);
    if (caller !== undefined && trace) trace.caller = caller;
  } catch (error) {
    if (error instanceof TranslationError) throw new TranslationError('unauthorized', refusal);
    throw error;
  }
}
