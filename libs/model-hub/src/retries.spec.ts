import { describe, expect, it } from 'vitest';
import { HubUnreachableError, parseRetryAfter, TransientFault, withRetries } from './retries.js';

const signal = new AbortController().signal;

describe('parseRetryAfter', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    [null, undefined],
    ['0', 0],
    ['120', 120_000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ['soon', undefined],
    ['-1', undefined],
    ['99999999999999999999', undefined],
  ])('reads %j', (header, ms) => {
    expect(parseRetryAfter(header, nowMs)).toBe(ms);
  });
});

describe('withRetries', () => {
  /** Fails with each of the waits that the server asks for, and counts what is said. */
  async function retry(
    failures: number,
    options: { delayMs: number; attempts: number; progress?: () => number },
  ): Promise<{ waitsMs: number[]; error: unknown }> {
    const waitsMs: number[] = [];
    let left = failures;
    const error: unknown = await withRetries(
      () => {
        if (left-- > 0) throw new TransientFault('It failed.');
        return Promise.resolve();
      },
      {
        ...options,
        attempts: () => options.attempts,
        longestDelayMs: 80,
        signal,
        onRetry: (notice) => waitsMs.push(1000 * Number(/in (\S+) s/.exec(notice)?.[1])),
      },
    ).catch((reason: unknown) => reason);
    return { waitsMs, error };
  }

  it('waits longer each time, up to a bound', async () => {
    const { waitsMs, error } = await retry(5, { delayMs: 20, attempts: 9 });
    expect(error).toBeUndefined();
    expect(waitsMs).toHaveLength(5);
    expect(Math.max(...waitsMs)).toBeLessThanOrEqual(100);
  });

  it('gives up after the last attempt', async () => {
    const { waitsMs, error } = await retry(3, { delayMs: 1, attempts: 3 });
    expect(waitsMs).toHaveLength(2);
    expect(error).toBeInstanceOf(HubUnreachableError);
  });

  it('throws at once what another attempt cannot mend', async () => {
    let attempts = 0;
    const failed = withRetries(
      () => {
        attempts++;
        throw new Error('a bug');
      },
      { attempts: () => 9, delayMs: 1, longestDelayMs: 1, signal, onRetry: () => undefined },
    );
    await expect(failed).rejects.toThrow('a bug');
    expect(attempts).toBe(1);
  });
});
