import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InferenceService } from '#libs/inference';
import { M2M100Tokenizer } from '#libs/tokenization';
import { type Sentence, startEngine, toGenerationOptions } from '../support/engine.js';
import { readEvaluation } from '../support/evaluation.js';
import { preparedModel } from '../support/prepared-models.js';

const LONG_SOURCE_TOKENS = 400;
const SHORT_SENTENCES = 60;
const END_TOKEN = 2;

describe('a source of 400 tokens with five beams beside 60 short ones', () => {
  let inference: InferenceService;
  let long: Sentence;
  let short: Sentence[];
  beforeAll(async () => {
    const folder = await preparedModel('demo', 'int8');
    const tokenizer = await M2M100Tokenizer.load(folder);
    inference = await startEngine(folder, 64);
    const forcedBosId = tokenizer.languageTokenId('de');
    const options = toGenerationOptions({ num_beams: 5, max_length: 200, early_stopping: true });
    short = readEvaluation('en-de')
      .slice(0, SHORT_SENTENCES)
      .map(({ source }) => ({
        sourceTokenIds: tokenizer.encode(source, 'en'),
        forcedBosId,
        options,
      }));
    const text = readEvaluation('en-de').map(({ source }) => source);
    const whole = tokenizer.encode(text.join(' '), 'en');
    long = {
      sourceTokenIds: Int32Array.from([...whole.subarray(0, LONG_SOURCE_TOKENS - 1), END_TOKEN]),
      forcedBosId,
      options: { ...options, minNewTokens: 150 },
    };
  });
  afterAll(() => inference.stop());

  it('neither fails, nor holds them up, nor changes them', async () => {
    const order: number[] = [];
    const follow = (sentences: readonly Sentence[]): Promise<readonly string[]> =>
      Promise.all(
        inference.submit(sentences).map(async ({ result }, index) => {
          const { hypotheses } = await result;
          order.push(index);
          return `${hypotheses[0]?.tokenIds.join() ?? ''} ${hypotheses[0]?.score ?? ''}`;
        }),
      );
    expect(long.sourceTokenIds).toHaveLength(LONG_SOURCE_TOKENS);
    const alone = [...(await follow([long])), ...(await follow(short))];
    order.length = 0;
    const together = await follow([long, ...short]);
    expect(together).toEqual(alone);
    // The long one came first and leaves last.
    expect(order.at(-1)).toBe(0);
  });
});
