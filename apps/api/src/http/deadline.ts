import { TranslationError } from '#libs/domain';

/**
 * Milliseconds that a request may take: the server's limit, or less where `X-Request-Timeout-Ms` says so.
 * The caller can shorten it only. Throws `invalid-request` where the header is not a whole number from 1.
 */
export function timeoutMsOf(header: string | string[] | undefined, limitMs: number): number {
  if (header === undefined) return limitMs;
  const timeoutMs =
    typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : Number.NaN;
  if (!(timeoutMs >= 1))
    throw new TranslationError(
      'invalid-request',
      'The header X-Request-Timeout-Ms has to be a whole number of milliseconds from 1.',
    );
  return Math.min(timeoutMs, limitMs);
}
