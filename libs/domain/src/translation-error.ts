import type { ErrorCode } from './error-codes.js';

/** One bad field of a request. */
export interface FieldFault {
  /** JSON pointer into the body (RFC 6901), such as `/payload/records/0/text`. */
  readonly pointer: string;
  readonly detail: string;
}

export interface TranslationErrorDetails {
  readonly faults?: readonly FieldFault[];
  /** When the caller may try again, in whole seconds. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/**
 * An expected failure of a request. The message is the `detail` that the caller reads: what happened, the
 * offending value, the limit and the remedy.
 */
export class TranslationError extends Error {
  readonly faults: readonly FieldFault[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: TranslationErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'TranslationError';
    this.faults = details.faults ?? [];
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/**
 * Something that whoever runs the program has to mend: a bad setting, a missing or broken model file.
 * The command line prints the message alone and exits with 1.
 */
export class OperatorError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OperatorError';
  }
}

/** A broken invariant: a bug of ours. It is never caught to go on. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(`This is a bug: ${message}`);
    this.name = 'InvariantError';
  }
}

export function assertInvariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
