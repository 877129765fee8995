import { TranslationError } from '#libs/domain';

/** What the framework's errors have in common, whichever of its layers throws them. */
interface FrameworkError {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly status?: unknown;
  /** Nest wraps Fastify's errors. */
  readonly cause?: unknown;
}

/**
 * The error of our table for anything that was thrown: our own as it is, Fastify's and Nest's by their code
 * and status, all else as `internal`, whose detail says nothing of the cause.
 */
export function translationErrorOf(thrown: unknown, bodyLimitBytes: number): TranslationError {
  if (thrown instanceof TranslationError) return thrown;
  if (typeof thrown !== 'object' || thrown === null) return internalError(thrown);
  const { cause, code, status, statusCode } = thrown as FrameworkError;
  if (cause instanceof Error && code === undefined)
    return translationErrorOf(cause, bodyLimitBytes);
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new TranslationError(
        'body-too-large',
        `The body is larger than ${bodyLimitBytes} bytes. Send the records in several requests.`,
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return new TranslationError(
        'unsupported-media-type',
        'The body has to be JSON, with the header Content-Type: application/json.',
      );
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new TranslationError(
        'malformed-request',
        'The body is not as long as its Content-Length says.',
      );
    case 'FST_ERR_BAD_URL':
      return new TranslationError(
        'malformed-request',
        'The address holds a percent sign that no two hexadecimal digits follow, or bytes that are not UTF-8.',
      );
  }
  const httpStatus = statusCode ?? status;
  if (httpStatus === 404)
    return new TranslationError('not-found', 'There is nothing at this address.');
  if (typeof httpStatus === 'number' && httpStatus >= 400 && httpStatus < 500)
    return new TranslationError('malformed-request', 'The request could not be read.');
  return internalError(thrown);
}

function internalError(cause: unknown): TranslationError {
  return new TranslationError(
    'internal',
    'The service failed on this request; its log has the reason under the request id. The same request may be sent again.',
    { cause },
  );
}
