import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findMaxRate } from './max-rate.js';

const HIGHEST = 10_000;

describe('findMaxRate', () => {
  it('finds a limit anywhere in 256 times of the first rate, to 5 %, in 16 trials', async () => {
    const ranges = fc.record({
      first: fc.double({ min: 1, max: 30, noNaN: true }),
      ratio: fc.double({ min: 1 / 256, max: 256, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(ranges, async ({ first, ratio }) => {
        const limit = first * ratio;
        let trials = 0;
        const found = await findMaxRate(first, HIGHEST, (rate) => {
          trials++;
          return Promise.resolve(rate <= limit);
        });
        expect(trials).toBeLessThanOrEqual(16);
        expect(found).toBeLessThanOrEqual(limit);
        expect(found).toBeGreaterThanOrEqual(limit / 1.05);
      }),
      { seed: 20261125, numRuns: 200 },
    );
  });

  it('goes no higher than it may', async () => {
    expect(await findMaxRate(9000, HIGHEST, () => Promise.resolve(true))).toBe(HIGHEST);
  });

  it('finds nothing where no rate is met', async () => {
    expect(await findMaxRate(10, HIGHEST, () => Promise.resolve(false))).toBeUndefined();
  });
});
