import { meanBound } from '#libs/prepared-model';
import { type Check, checkOf } from './report.js';

/** How far log-probabilities are from those of the plain computation, over the best tokens of each step. */
export interface ParityMeasurement {
  readonly steps: number;
  readonly mean: number;
  readonly largest: number;
  /** Steps whose best token is the same. */
  readonly sameBest: number;
}

/** Tokens of a step that are compared: the rest are too improbable for a translation to hang on. */
const COMPARED_TOKENS = 64;

/**
 * Float32 has seven digits, and the deepest released network leaves four: in fp32 it is the order of sums that
 * differs. A single step of int8 may round three times as far as the plain computation that rounds; measured
 * were 0.75 to 1.45 times.
 */
const LEAST_LARGEST = 0.01;
const LARGEST_FACTOR = 3;

/** What is compared of one sentence. */
export interface SentenceParity {
  readonly name: string;
  /** The graphs, against the plain computation. */
  readonly graphs: ParityMeasurement;
  /** The plain computation with the precision's rounding, against the one without. */
  readonly rounding: ParityMeasurement;
}

/**
 * @param found logits after each step's token
 * @param expected the same, `[steps, vocabularySize]`
 */
export function measureParity(
  found: readonly (Float32Array | Float64Array)[],
  expected: Float64Array,
): ParityMeasurement {
  let sum = 0;
  let largest = 0;
  let sameBest = 0;
  found.forEach((row, step) => {
    const wanted = logProbabilities(expected.subarray(step * row.length, (step + 1) * row.length));
    const had = logProbabilities(Float64Array.from(row));
    const best = bestTokens(wanted);
    for (const tokenId of best) {
      const difference = Math.abs((had[tokenId] ?? NaN) - (wanted[tokenId] ?? NaN));
      sum += difference;
      // NaN stays NaN, and no bound holds for it.
      largest = Math.max(largest, difference);
    }
    if (bestTokens(had)[0] === best[0]) sameBest++;
  });
  return { steps: found.length, mean: sum / (found.length * COMPARED_TOKENS), largest, sameBest };
}

/** All sentences together: over many steps, graphs that are right are as far off as rounding takes them. */
export function checkParity(sentences: readonly SentenceParity[]): Check {
  const graphs = together(sentences.map((sentence) => sentence.graphs));
  const rounding = together(sentences.map((sentence) => sentence.rounding));
  const mean = meanBound(rounding.mean);
  const largest = LEAST_LARGEST + LARGEST_FACTOR * rounding.largest;
  const isOff = !(graphs.mean <= mean && graphs.largest <= largest);
  const details = sentences.map(
    ({ name, graphs: one }) =>
      `${name}: ${describe(one)}, best token the same in ${one.sameBest} of ${one.steps} steps`,
  );
  const figures = `${describe(graphs)}; ${describe({ mean, largest })} is allowed`;
  const check = checkOf('parity', isOff ? details : [], {
    passed: `log-probabilities are those of the source weights: ${figures}`,
    different: `log-probabilities are not those of the source weights: ${figures}`,
  });
  return { ...check, details };
}

function together(measured: readonly ParityMeasurement[]): ParityMeasurement {
  const steps = measured.reduce((sum, one) => sum + one.steps, 0);
  return {
    steps,
    mean: measured.reduce((sum, one) => sum + one.mean * one.steps, 0) / steps,
    largest: Math.max(...measured.map((one) => one.largest)),
    sameBest: measured.reduce((sum, one) => sum + one.sameBest, 0),
  };
}

function describe({ mean, largest }: Pick<ParityMeasurement, 'mean' | 'largest'>): string {
  return `mean ${mean.toExponential(1)}, largest ${largest.toExponential(1)}`;
}

function logProbabilities(logits: Float64Array): Float64Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return logits.map((logit) => logit - largest - Math.log(total));
}

/** The ids of the largest values, the largest first; of equals the lower id. */
function bestTokens(values: Float64Array): number[] {
  const best: number[] = [];
  values.forEach((value, id) => {
    if (best.length === COMPARED_TOKENS && value <= (values[best.at(-1) ?? 0] ?? 0)) return;
    let place = best.length;
    while (place > 0 && (values[best[place - 1] ?? 0] ?? 0) < value) place--;
    best.splice(place, 0, id);
    if (best.length > COMPARED_TOKENS) best.pop();
  });
  return best;
}
