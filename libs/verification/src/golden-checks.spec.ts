import { expect, it } from 'vitest';
import { noiseTable, type NextTokenTable, ScriptedModel } from '#libs/testing';
import { checkLogits } from './golden-checks.js';
import type { LoadedModel } from './loaded-model.js';

const VOCABULARY = 20;
const SOURCE = [5, 6, 2];
const TARGET = [2, 7];
const TABLE = noiseTable(VOCABULARY, 2);

/** What the check needs of a model. */
function modelOf(table: NextTokenTable): LoadedModel {
  const limits = {
    maxKeyValueBytes: 100_000,
    maxSentences: 1,
    quantumMs: 4,
    maxQuantumSteps: 3,
    maxEncoderPlaces: 64,
  };
  const port = new ScriptedModel(table, VOCABULARY);
  return { manifest: { precision: 'fp32' }, port, limits } as unknown as LoadedModel;
}

const golden = {
  sourceTokenIds: SOURCE,
  targetTokenIds: TARGET,
  rows: TARGET.map((_, place) => [...TABLE(SOURCE, TARGET.slice(0, place + 1)).subarray(0, 3)]),
  tolerance: 1e-4,
};

it('logits that are as published pass', async () => {
  expect((await checkLogits(modelOf(TABLE), golden)).outcome).toBe('passed');
});

it('logits are different where one of them is none, whatever follows it', async () => {
  const broken: NextTokenTable = (source, target) => TABLE(source, target).fill(NaN, 0, 1);
  expect((await checkLogits(modelOf(broken), golden)).outcome).toBe('different');
});
