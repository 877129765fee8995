import type { Precision } from '#libs/prepared-model';
import type { LogitRow } from './forced-logits.js';
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
 * What may differ. In fp32 it is the order of sums; float32 has seven digits, and the deepest released network
 * leaves four. Int8 rounds weights and activations: its bounds tell a network that is quantised from one that
 * is wrong, and the figures are there to be read.
 */
const BOUNDS: Readonly<Record<Precision, { readonly mean: number; readonly largest: number }>> = {
  fp32: { mean: 0.001, largest: 0.01 },
  int8: { mean: 0.5, largest: 3 },
};

/**
 * @param found logits after each step's token
 * @param expected the same, `[steps, vocabularySize]`
 */
export function measureParity(
  found: readonly LogitRow[],
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
      // NaN, which no comparison holds for, has to show.
      largest = difference <= largest ? largest : difference;
    }
    if (bestTokens(had)[0] === best[0]) sameBest++;
  });
  return { steps: found.length, mean: sum / (found.length * COMPARED_TOKENS), largest, sameBest };
}

export function checkParity(
  precision: Precision,
  measured: readonly (readonly [name: string, ParityMeasurement])[],
): Check {
  const bound = BOUNDS[precision];
  const isOff = ({ mean, largest }: ParityMeasurement): boolean =>
    !(mean <= bound.mean && largest <= bound.largest);
  const lines = measured.map(
    ([name, one]) =>
      `${name}: mean ${one.mean.toExponential(1)}, largest ${one.largest.toExponential(1)}, ` +
      `best token the same in ${one.sameBest} of ${one.steps} steps`,
  );
  const allowed = `mean ${bound.mean} and largest ${bound.largest} are allowed in ${precision}`;
  const off = measured.filter(([, one]) => isOff(one)).length;
  const check = checkOf('parity', off === 0 ? [] : lines, {
    passed: `log-probabilities are those of the source weights; ${allowed}`,
    different: `log-probabilities of ${off} of ${measured.length} sentences are not those of the source weights; ${allowed}`,
  });
  return { ...check, details: lines };
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
