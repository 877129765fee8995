import type { FastifyRequest } from 'fastify';
import type { TranslationError } from '#libs/domain';

/** Ends a hook with a refusal before the body is read. */
export function refuseUnread(
  request: FastifyRequest,
  error: TranslationError,
  done: (error: Error) => void,
): void {
  // A client that is still sending reads no answer before it is through: let it finish.
  request.raw.resume();
  done(error);
}
