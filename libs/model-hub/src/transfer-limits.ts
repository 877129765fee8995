/** Bounds of what a hub may cost in time, so that none can hold a start for good. */
export interface TransferLimits {
  readonly connectTimeoutMs: number;
  /** From a request to the last of its headers; for lists, to the last byte. */
  readonly answerTimeoutMs: number;
  /** Longest silence within a body. */
  readonly idleTimeoutMs: number;
  /** A file of which fewer than `slowBytes` arrive in this time is not worth waiting for. */
  readonly slowWindowMs: number;
  readonly slowBytes: number;
  /** The first wait before another attempt; it doubles up to the longest, less up to a half at random. */
  readonly retryDelayMs: number;
  readonly longestRetryDelayMs: number;
  readonly listAttempts: number;
  readonly fileAttempts: number;
  /** So much progress within a file earns it one attempt more. */
  readonly bytesPerAttempt: number;
}

export const DEFAULT_TRANSFER_LIMITS: TransferLimits = {
  connectTimeoutMs: 10_000,
  answerTimeoutMs: 60_000,
  idleTimeoutMs: 30_000,
  slowWindowMs: 60_000,
  slowBytes: 64 * 1024,
  retryDelayMs: 500,
  longestRetryDelayMs: 30_000,
  listAttempts: 4,
  fileAttempts: 8,
  bytesPerAttempt: 16 * 1024 * 1024,
};
