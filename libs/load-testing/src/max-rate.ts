/** Of the requests, so many have to be successful within the SLO: then its 99th percentile is kept. */
export const SLO_SHARE = 0.99;
/** A search ends where the two rates on either side of the limit are this close. */
const PRECISION = 1.05;
const MOST_TRIALS = 16;

/**
 * Searches for the highest rate at which `isMet`: upwards or downwards in doubles from the first rate, then
 * between the last one that was met and the first that was not.
 *
 * @returns a rate that was tried and met; undefined where there is none within 16 trials.
 */
export async function findMaxRate(
  firstRate: number,
  highestRate: number,
  isMet: (ratePerSecond: number) => Promise<boolean>,
): Promise<number | undefined> {
  let met: number | undefined;
  let missed: number | undefined;
  let rate = firstRate;
  for (let trial = 0; trial < MOST_TRIALS; trial++) {
    if (await isMet(rate)) met = rate;
    else missed = rate;
    if (met === highestRate) return met;
    if (met === undefined) rate /= 2;
    else if (missed === undefined) rate = Math.min(highestRate, 2 * rate);
    else if (missed / met <= PRECISION) return met;
    else rate = Math.sqrt(met * missed);
  }
  return met;
}
