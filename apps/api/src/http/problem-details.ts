import { ERROR_CODES, type ErrorCode, type FieldFault, TranslationError } from '#libs/domain';
import type { ErrorAnswer } from './error-answer.js';

/** The content type of every error. Source: RFC 9457, section 3. */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** An answer that lists ten thousand bad fields helps nobody. */
const MAX_LISTED_FAULTS = 20;

/** RFC 9457's members, and `errors` as its section 3 shows them. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The request id. */
  readonly instance: string;
  readonly errors?: readonly FieldFault[];
}

/** The `type` of a code: a name that stays, not an address. */
export function problemTypeOf(code: ErrorCode): string {
  return `urn:babelserve:error:${code}`;
}

export function problemOf(error: TranslationError, requestId: string): ProblemDetails {
  const { status, title } = ERROR_CODES[error.code];
  return {
    type: problemTypeOf(error.code),
    title,
    status,
    detail: error.message,
    instance: requestId,
    ...(error.faults.length === 0 ? {} : { errors: error.faults.slice(0, MAX_LISTED_FAULTS) }),
  };
}

/** An error as it is answered where no dialect has another form. */
export function problemAnswer(error: TranslationError, requestId: string): ErrorAnswer {
  const body = problemOf(error, requestId);
  const { status } = body;
  return { status, headers: errorHeadersOf(error), mediaType: PROBLEM_MEDIA_TYPE, body };
}

/** Headers that go with an error, beside its content type. */
export function errorHeadersOf(error: TranslationError): Record<string, string> {
  const { status } = ERROR_CODES[error.code];
  if (status === 401) return { 'www-authenticate': 'Bearer' };
  return status === 429 || status === 503
    ? { 'retry-after': String(error.retryAfterSeconds ?? 1) }
    : {};
}

/** An error for one or more bad fields; its detail is the first of them. */
export function errorOfFaults(
  code: ErrorCode,
  faults: readonly [FieldFault, ...FieldFault[]],
): TranslationError {
  const [{ pointer, detail }] = faults;
  const others = faults.length - 1;
  const more = others === 0 ? '' : ` (and ${others} more ${others === 1 ? 'fault' : 'faults'})`;
  const place = pointer === '' ? 'The body' : pointer;
  return new TranslationError(code, `${place} ${detail}${more}`, { faults });
}
