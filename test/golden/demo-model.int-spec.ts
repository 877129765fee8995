import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InferenceService } from '#libs/inference';
import { M2M100Tokenizer } from '#libs/tokenization';
import { chrF } from '../support/chrf.js';
import {
  type Sentence,
  startEngine,
  toGenerationOptions,
  translateAll,
} from '../support/engine.js';
import { type Direction, DIRECTIONS, readEvaluation } from '../support/evaluation.js';
import { preparedModel } from '../support/prepared-models.js';

/** chrF of beam 5 in fp32, as in models/demo/MODEL_CARD.md. */
const CARD_CHRF: Record<Direction, number> = {
  'en-de': 53.91,
  'de-en': 52.8,
  'en-ja': 27.84,
  'ja-en': 36.85,
};

const BEAM_5 = { num_beams: 5, max_length: 200, early_stopping: true } as const;
const GREEDY = { num_beams: 1, max_length: 200 } as const;

function toSentences(
  tokenizer: M2M100Tokenizer,
  direction: Direction,
  options: typeof BEAM_5 | typeof GREEDY,
): Sentence[] {
  const [from = '', to = ''] = direction.split('-');
  return readEvaluation(direction).map(({ source }) => ({
    sourceTokenIds: tokenizer.encode(source, from),
    forcedBosId: tokenizer.languageTokenId(to),
    options: toGenerationOptions(options),
  }));
}

describe.each(['fp32', 'int8'] as const)('the demo model in %s', (precision) => {
  let inference: InferenceService;
  let tokenizer: M2M100Tokenizer;
  beforeAll(async () => {
    const folder = await preparedModel('demo', precision);
    tokenizer = await M2M100Tokenizer.load(folder);
    inference = await startEngine(folder, 64);
  });
  afterAll(() => inference.stop());

  if (precision === 'fp32') {
    it.each(DIRECTIONS)('gives the ids that Hugging Face gives, %s', async (direction) => {
      const lines = readEvaluation(direction);
      const beam5 = await translateAll(inference, toSentences(tokenizer, direction, BEAM_5));
      const greedy = await translateAll(inference, toSentences(tokenizer, direction, GREEDY));
      expect(lines).toHaveLength(260);
      lines.forEach((line, index) => {
        expect(Array.from(beam5[index]?.[0]?.tokenIds ?? [])).toEqual(line.beam5.ids);
        expect(Array.from(greedy[index]?.[0]?.tokenIds ?? [])).toEqual(line.greedy.ids);
      });
    });
  } else {
    it.each(DIRECTIONS)('stays within 0.3 chrF of fp32, %s', async (direction) => {
      const results = await translateAll(inference, toSentences(tokenizer, direction, BEAM_5));
      const texts = results.map(([best]) => tokenizer.decode(best?.tokenIds ?? new Int32Array()));
      const references = readEvaluation(direction).map(({ reference }) => reference);
      const recorded = readEvaluation(direction).map(({ beam5 }) => beam5.text);
      expect(chrF(recorded, references)).toBeCloseTo(CARD_CHRF[direction], 1);
      expect(Math.abs(chrF(texts, references) - CARD_CHRF[direction])).toBeLessThanOrEqual(0.3);
    });
  }
});
