/**
 * Moments of arrival, in milliseconds from the start, as independent callers make them: a Poisson process.
 *
 * @param random uniform in [0, 1)
 */
export function* poissonArrivals(
  ratePerSecond: number,
  durationMs: number,
  random: () => number,
): Generator<number> {
  const gap = (): number => (-Math.log(1 - random()) * 1000) / ratePerSecond;
  for (let atMs = gap(); atMs < durationMs; atMs += gap()) yield atMs;
}

/** One arrival after the other, at equal distances. */
export function* steadyArrivals(ratePerSecond: number, durationMs: number): Generator<number> {
  const count = Math.floor((durationMs / 1000) * ratePerSecond);
  for (let index = 0; index < count; index++) yield (index * 1000) / ratePerSecond;
}
