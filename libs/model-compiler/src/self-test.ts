import { type Precision, SELF_TEST_SIZE, type SelfTest } from '#libs/prepared-model';
import { M2M100Tokenizer } from '#libs/tokenization';
import type { Checkpoint } from './checkpoint.js';
import { type ForcedPair, streamLogits } from './reference/stream-logits.js';

/** Every vocabulary can write it, if need be with unknown pieces. */
const SENTENCE = 'Hello, world.';

/** How often `computeSelfTest` reads every weight. */
export const SELF_TEST_PASSES: Readonly<Record<Precision, number>> = { fp32: 1, int8: 2 };

/**
 * Computes what an engine must find after each token of a short target, and how far the precision's rounding
 * may take it from there.
 */
export async function computeSelfTest(
  checkpoint: Checkpoint,
  precision: Precision,
): Promise<SelfTest> {
  const pair = await forcedPair(checkpoint);
  const exact = await logProbabilities(checkpoint, pair, 'fp32');
  const rounded =
    precision === 'fp32' ? exact : await logProbabilities(checkpoint, pair, precision);
  let error = 0;
  let count = 0;
  const steps = exact.map((wanted, step) => {
    const tokenIds = bestTokens(wanted, SELF_TEST_SIZE.candidates);
    for (const id of tokenIds) {
      error += Math.abs((rounded[step]?.[id] ?? NaN) - (wanted[id] ?? NaN));
      count++;
    }
    return { tokenIds, logProbabilities: tokenIds.map((id) => wanted[id] ?? NaN) };
  });
  const { sourceTokenIds, targetTokenIds } = pair;
  return { sourceTokenIds, targetTokenIds, steps, roundingError: error / count };
}

/** The sentence, and as its target the sentence itself in another language's name: any target has an answer. */
async function forcedPair({
  folder,
  family,
  languages,
  tokens,
  shape,
}: Checkpoint): Promise<ForcedPair & { sourceTokenIds: number[]; targetTokenIds: number[] }> {
  const tokenizer = await M2M100Tokenizer.load(folder);
  const source = languages.includes('en') ? 'en' : (languages[0] ?? 'en');
  const target = languages.find((code) => code !== source) ?? source;
  const ids = Array.from(tokenizer.encode(SENTENCE, family === 'small100' ? target : source));
  const tag = family === 'small100' ? [] : [tokenizer.languageTokenId(target)];
  const targetTokenIds = [tokens.decoderStart, ...tag, ...ids.slice(1, -1)];
  // A search needs a place for the token after the last one.
  const length = Math.min(SELF_TEST_SIZE.steps, shape.maxPositions - 1);
  return { sourceTokenIds: ids, targetTokenIds: targetTokenIds.slice(0, length) };
}

/** Those of every next token after each of the target's. */
async function logProbabilities(
  checkpoint: Checkpoint,
  pair: ForcedPair,
  precision: Precision,
): Promise<Float64Array[]> {
  const { vocabularySize } = checkpoint.shape;
  const [logits = new Float64Array()] = await streamLogits(checkpoint, [pair], precision);
  return Array.from({ length: pair.targetTokenIds.length }, (_, step) => {
    const row = logits.subarray(step * vocabularySize, (step + 1) * vocabularySize);
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
    return row.map((logit) => logit - largest - Math.log(total));
  });
}

function bestTokens(values: Float64Array, count: number): number[] {
  const byValue = Uint32Array.from(values, (_, id) => id).sort(
    (a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b,
  );
  return Array.from(byValue.subarray(0, count));
}
