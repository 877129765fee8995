import { type ForcedPair, forceTarget, type ModelPort, type PolicyLimits } from '#libs/decoding';

/** Logits of every token after one target token, `[vocabularySize]`. */
export type LogitRow = Float32Array;

/** Logits after each token of a target that is given: the graph is asked for all tokens. */
export async function forcedLogits(
  model: ModelPort,
  limits: PolicyLimits,
  pair: ForcedPair,
): Promise<LogitRow[]> {
  const { vocabularySize } = model.facts;
  const target = { ...pair, candidateCount: vocabularySize };
  const steps = await forceTarget(model, target, limits, () => performance.now());
  return steps.map(({ tokenIds, logProbabilities, logNormalizer }) => {
    const row = new Float32Array(vocabularySize).fill(NaN);
    tokenIds.forEach((tokenId, place) => {
      row[tokenId] = (logProbabilities[place] ?? NaN) + logNormalizer;
    });
    return row;
  });
}
