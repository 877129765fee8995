import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InferenceService } from '#libs/inference';
import { M2M100Tokenizer } from '#libs/tokenization';
import {
  type HuggingFaceOptions,
  startEngine,
  toGenerationOptions,
  translateAll,
} from '../support/engine.js';
import { CHECKPOINTS, preparedModel } from '../support/prepared-models.js';

interface RecordedRow {
  readonly case: number;
  readonly targetLanguage: string;
  readonly options: HuggingFaceOptions;
  /** Place in the n-best list. */
  readonly rank: number;
  readonly ids: readonly number[];
  readonly score: number | null;
}

function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(join(CHECKPOINTS.tiny, name), 'utf8'));
}

const rows = readFixture('expected-generate.json') as RecordedRow[];
const inputs = readFixture('expected-tokens.json') as { readonly ids: number[] }[];
const optionSets = [...new Set(rows.map(({ options }) => JSON.stringify(options)))];

describe('fp32 graphs in an engine process, against what Hugging Face generates', () => {
  let inference: InferenceService;
  let tokenizer: M2M100Tokenizer;
  beforeAll(async () => {
    const folder = await preparedModel('tiny', 'fp32');
    tokenizer = await M2M100Tokenizer.load(folder);
    inference = await startEngine(folder, 16);
  });
  afterAll(() => inference.stop());

  it('has every recorded row', () => {
    expect(rows).toHaveLength(336);
    expect(optionSets).toHaveLength(12);
  });

  it.each(optionSets)('gives the same ids and scores with %s', async (optionSet) => {
    const asked = rows.filter(({ options }) => JSON.stringify(options) === optionSet);
    const results = await translateAll(
      inference,
      asked.map((row) => ({
        sourceTokenIds: Int32Array.from(inputs[row.case]?.ids ?? []),
        forcedBosId: tokenizer.languageTokenId(row.targetLanguage),
        options: toGenerationOptions(row.options),
      })),
    );
    asked.forEach((row, index) => {
      const hypothesis = results[index]?.[row.rank];
      expect(Array.from(hypothesis?.tokenIds ?? [])).toEqual(row.ids);
      if (row.score !== null)
        expect(Math.abs((hypothesis?.score ?? NaN) - row.score)).toBeLessThanOrEqual(1e-4);
    });
  });
});
