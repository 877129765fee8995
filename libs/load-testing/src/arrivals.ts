import { randomExponential, randomLcg } from 'd3-random';

export const ARRIVALS = ['poisson', 'constant'] as const;
export type Arrival = (typeof ARRIVALS)[number];

/** One request after the other at equal distances, the first at once; in milliseconds from the start. */
export function* constantArrivals(intervalMs: number, count: number): Generator<number> {
  for (let index = 0; index < count; index++) yield index * intervalMs;
}

/**
 * Moments at which requests are due, in milliseconds from the start. `poisson` is what independent callers make:
 * gaps of an exponential distribution, the same for the same seed.
 */
export function arrivalsAtRate(
  arrival: Arrival,
  ratePerSecond: number,
  durationMs: number,
  seed: number,
): Iterable<number> {
  if (arrival === 'poisson') return poissonArrivals(ratePerSecond, durationMs, seed);
  const count = Math.floor((durationMs / 1000) * ratePerSecond);
  return constantArrivals(1000 / ratePerSecond, count);
}

function* poissonArrivals(
  ratePerSecond: number,
  durationMs: number,
  seed: number,
): Generator<number> {
  const gapMs = randomExponential.source(randomLcg(seed))(ratePerSecond / 1000);
  for (let atMs = gapMs(); atMs < durationMs; atMs += gapMs()) yield atMs;
}
