import { describe, expect, it } from 'vitest';
import { arrivalsAtRate, constantArrivals } from './arrivals.js';

describe('arrivalsAtRate', () => {
  it('makes Poisson arrivals: at the rate, in order, gaps of an exponential distribution', () => {
    const arrivals = [...arrivalsAtRate('poisson', 50, 400_000, 1)];
    // 20,000 expected; the standard deviation is 141.
    expect(Math.abs(arrivals.length - 20_000)).toBeLessThan(5 * 141);
    const gaps = arrivals.map((atMs, index) => atMs - (arrivals[index - 1] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const longer = gaps.filter((gap) => gap > mean).length / gaps.length;
    expect(longer).toBeCloseTo(Math.exp(-1), 1);
  });

  it('makes the same arrivals for the same seed alone', () => {
    const of = (seed: number): number[] => [...arrivalsAtRate('poisson', 10, 10_000, seed)];
    expect(of(7)).toEqual(of(7));
    expect(of(7)).not.toEqual(of(8));
  });

  it('makes constant arrivals at equal distances', () => {
    expect([...arrivalsAtRate('constant', 4, 1000, 1)]).toEqual([0, 250, 500, 750]);
    expect([...constantArrivals(0, 3)]).toEqual([0, 0, 0]);
  });
});
