/**
 * A sentence and a target, and what follows each of its tokens by a plain computation from the source weights.
 * Every engine holds its own answer against it before it takes work.
 */
export interface SelfTest {
  readonly sourceTokenIds: readonly number[];
  /** From the decoder start token on; it is fed whatever the model would say. */
  readonly targetTokenIds: readonly number[];
  /** What may follow each of the target's tokens. */
  readonly steps: readonly SelfTestStep[];
  /**
   * What rounding to the model's precision makes of these log-probabilities in the plain computation: the mean
   * of the differences. 0 in fp32.
   */
  readonly roundingError: number;
}

/** The most probable next tokens, best first. */
export interface SelfTestStep {
  readonly tokenIds: ArrayLike<number>;
  readonly logProbabilities: ArrayLike<number>;
}

/** Steps of a self-test at the most, and tokens of each. */
export const SELF_TEST_SIZE = { steps: 8, candidates: 16 };

/**
 * Steps that a start takes: what is computed wrongly shows in the first ones, and each keeps the service waiting for a
 * whole step of the model. `verify` takes all.
 */
export const START_STEPS = 4;

/** What an engine is asked for in each step: more than is compared, since rounding lets near ones change places. */
export const SELF_TEST_ANSWERS = 64;

/** In fp32 the order of sums differs between processors. */
const LEAST_BOUND = 0.001;
/**
 * A graph that rounds as it should is as far off as the plain computation that rounds: 0.9 to 1.25 times over
 * the demo model, the tiny fixture and random weights in the shape of M2M100 418M; its first four steps, 0.6 to 1.2
 * times over 59 sentences and the demo model. They are not equal, since a
 * sum in another order now and then rounds to the next int8 code.
 */
const ROUNDING_FACTOR = 2;

/** The first steps of a self-test, by the bound of the whole. */
export function shortenSelfTest(selfTest: SelfTest, steps: number): SelfTest {
  return {
    ...selfTest,
    targetTokenIds: selfTest.targetTokenIds.slice(0, steps),
    steps: selfTest.steps.slice(0, steps),
  };
}

/** How far an engine's answer is from what the manifest expects. */
export interface SelfTestResult {
  /** The mean difference of a log-probability. */
  readonly difference: number;
  readonly bound: number;
  readonly passed: boolean;
}

/** The mean that log-probabilities may differ by. */
export function meanBound(roundingError: number): number {
  return LEAST_BOUND + ROUNDING_FACTOR * roundingError;
}

/** @param found the engine's best next tokens after each of the target's */
export function judgeSelfTest(
  { steps, roundingError }: SelfTest,
  found: readonly SelfTestStep[],
): SelfTestResult {
  const isComplete =
    steps.length === found.length && found.every((step) => step.tokenIds.length > 0);
  let sum = isComplete ? 0 : Infinity;
  let count = 0;
  steps.forEach(({ tokenIds, logProbabilities }, step) => {
    const had = logProbabilitiesOf(found[step]);
    // Of a token that the engine does not list no more is known than that it is less probable than the last one.
    const least = Math.min(...had.values());
    Array.from(tokenIds).forEach((tokenId, place) => {
      const expected = logProbabilities[place] ?? NaN;
      const listed = had.get(tokenId);
      sum += listed === undefined ? Math.max(0, expected - least) : Math.abs(listed - expected);
      count++;
    });
  });
  // NaN, which no comparison holds for, has to fail.
  const mean = sum / count;
  const difference = Number.isNaN(mean) ? Infinity : mean;
  const bound = meanBound(roundingError);
  return { difference, bound, passed: difference <= bound };
}

function logProbabilitiesOf(step: SelfTestStep | undefined): Map<number, number> {
  if (step === undefined) return new Map();
  const { tokenIds, logProbabilities } = step;
  return new Map(Array.from(tokenIds, (id, place) => [id, logProbabilities[place] ?? NaN]));
}
