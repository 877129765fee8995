import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Safe in headers, logs and, as `instance` of a problem, in URI references. */
const SANE_ID = /^[A-Za-z0-9._~=+/@-]{1,128}$/;

/** The caller's `X-Request-Id` where it is sane, else one of our own. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
}
