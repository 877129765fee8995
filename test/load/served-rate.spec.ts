import { describe, expect, it } from 'vitest';
import { type Served, servedPerSecond } from './served-rate.js';

/** Waves of 16 that take so long each, one after the other. */
function waves(takesMs: number, firstAtMs: number, untilMs: number): Served[] {
  const served: Served[] = [];
  for (let scheduledAtMs = firstAtMs; scheduledAtMs < untilMs; scheduledAtMs += takesMs)
    for (let caller = 0; caller < 16; caller++)
      served.push({ scheduledAtMs, answeredAtMs: scheduledAtMs + takesMs });
  return served;
}

describe('servedPerSecond', () => {
  it('is the rate of waves, however they fall into the time', () => {
    for (const takesMs of [6700, 7600, 8100])
      for (const firstAtMs of [0, 500, 3000])
        expect(servedPerSecond(waves(takesMs, firstAtMs, 50_000), 10_000, 40_000)).toBeCloseTo(
          (16 * 1000) / takesMs,
        );
  });

  it('counts by the part of their time what begins before it or ends after it, and nothing outside', () => {
    const served = (scheduledAtMs: number, answeredAtMs: number): number =>
      servedPerSecond([{ scheduledAtMs, answeredAtMs }], 1000, 2000);
    expect(served(1200, 1300)).toBe(1);
    expect(served(900, 1300)).toBeCloseTo(0.75);
    expect(served(1700, 2100)).toBeCloseTo(0.75);
    expect(served(0, 4000)).toBeCloseTo(0.25);
    expect(served(400, 900)).toBe(0);
    expect(served(2000, 2100)).toBe(0);
    expect(servedPerSecond([], 1000, 2000)).toBe(0);
  });
});
