import { describe, expect, it } from 'vitest';
import { retryAfterSeconds } from './retry-after.js';

const draws = (waitMs: number): number[] =>
  Array.from({ length: 500 }, () => retryAfterSeconds(waitMs));

describe('retryAfterSeconds', () => {
  it('is never before the wait is over, and at most a quarter after', () => {
    expect([...new Set(draws(7500))].sort()).toEqual([10, 8, 9]);
    expect([...new Set(draws(0))].sort()).toEqual([1, 2]);
  });

  it('looks no further than a minute', () => {
    expect([...new Set(draws(1e9))]).toEqual([60]);
    expect([...new Set(draws(Infinity))]).toEqual([60]);
    expect(Math.max(...draws(55_000))).toBe(60);
  });
});
