import { describe, expect, it } from 'vitest';
import { noiseTable, ScriptedModel } from '#libs/testing';
import { forceTarget } from './forced-steps.js';

const VOCABULARY = 40;
const LIMITS = {
  maxKeyValueBytes: 16 * 5 * 200,
  maxSentences: 5,
  quantumMs: 4,
  maxQuantumSteps: 3,
  maxEncoderPlaces: 64,
};
const TABLE = noiseTable(VOCABULARY, 2);

describe('forceTarget', () => {
  it('gives what the model says after each token of any target, the best first', async () => {
    const sourceTokenIds = [5, 6, 2];
    // Another start than the model's, and an end token that nothing ends at.
    const targetTokenIds = [9, 11, 2, 7, 7];
    const model = new ScriptedModel(TABLE, VOCABULARY, 0.5);
    const target = { sourceTokenIds, targetTokenIds, candidateCount: 3 };
    let nowMs = 0;
    const steps = await forceTarget(model, target, LIMITS, () => nowMs++);
    expect(steps).toHaveLength(targetTokenIds.length);
    steps.forEach(({ tokenIds, logProbabilities, logNormalizer }, place) => {
      const row = TABLE(sourceTokenIds, targetTokenIds.slice(0, place + 1));
      const best = [...row.keys()].sort((a, b) => row[b]! - row[a]!).slice(0, 3);
      expect([...tokenIds]).toEqual(best);
      best.forEach((id, rank) => {
        expect(logProbabilities[rank]).toBeCloseTo(row[id]!, 5);
      });
      expect(logNormalizer).toBe(0.5);
    });
  });
});
