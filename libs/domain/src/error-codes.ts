/** Everything that can go wrong with a request: one row a code, the only place that knows its status. */
export interface ErrorCodeRow {
  readonly status: number;
  /** The `title` of the problem details: the same for every occurrence (RFC 9457, section 3.1.3). */
  readonly title: string;
  /** Whether the same request may succeed later, unchanged. */
  readonly retryable: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** The `outcome` label of `translation_requests_total`. */
  readonly outcome: 'invalid' | 'rejected' | 'expired' | 'cancelled' | 'error';
}

export const ERROR_CODES = {
  'missing-body': row(400, 'The request has no body', false, 'info', 'invalid'),
  'malformed-json': row(400, 'The body is not valid JSON', false, 'info', 'invalid'),
  'invalid-request': row(
    400,
    'The request does not have the expected form',
    false,
    'info',
    'invalid',
  ),
  'malformed-request': row(400, 'The request is not valid HTTP', false, 'info', 'invalid'),
  unauthorized: row(401, 'No key that this service knows', false, 'info', 'invalid'),
  'not-offered': row(403, 'This service does not offer that', false, 'info', 'invalid'),
  'not-found': row(404, 'There is nothing at this address', false, 'info', 'invalid'),
  'method-not-allowed': row(405, 'This address takes another method', false, 'info', 'invalid'),
  'request-timeout': row(408, 'The request did not arrive in time', true, 'info', 'invalid'),
  'body-too-large': row(413, 'The body is too large', false, 'info', 'invalid'),
  'too-many-records': row(413, 'The request has too many records', false, 'info', 'invalid'),
  'text-too-long': row(413, 'A text is too long', false, 'info', 'invalid'),
  'unsupported-media-type': row(415, 'The body is not JSON', false, 'info', 'invalid'),
  'unsupported-language': row(
    422,
    'This model does not serve the language',
    false,
    'info',
    'invalid',
  ),
  'headers-too-large': row(431, 'The headers are too large', false, 'info', 'invalid'),
  'over-share': row(429, 'This caller is over its share', true, 'info', 'rejected'),
  'client-closed': row(499, 'The client went away', true, 'info', 'cancelled'),
  'queue-full': row(503, 'The service is at its capacity', true, 'warn', 'rejected'),
  'no-capacity': row(503, 'The deadline cannot be met', true, 'warn', 'rejected'),
  'engine-unavailable': row(503, 'The engine is not ready', true, 'warn', 'rejected'),
  draining: row(503, 'The service is shutting down', true, 'info', 'rejected'),
  'deadline-exceeded': row(504, 'The deadline passed', true, 'warn', 'expired'),
  'engine-failed': row(500, 'The engine failed on this request', true, 'error', 'error'),
  internal: row(500, 'The service failed on this request', true, 'error', 'error'),
} as const satisfies Record<string, ErrorCodeRow>;

export type ErrorCode = keyof typeof ERROR_CODES;

function row(
  status: number,
  title: string,
  retryable: boolean,
  logLevel: ErrorCodeRow['logLevel'],
  outcome: ErrorCodeRow['outcome'],
): ErrorCodeRow {
  return { status, title, retryable, logLevel, outcome };
}
