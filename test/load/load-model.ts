import { randomInteger, seededRandom } from '../../libs/testing/src/seeded-random.js';
import { ensureModels } from '../bench/bench-models.js';
import { DIRECTIONS, readEvaluation } from '../support/evaluation.js';
import type { LoadOptions } from './load-options.js';
import type { LoadText } from './translation-client.js';

/** A model to serve, and texts for it. */
export interface LoadModel {
  /** `MODEL_WEIGHTS`; undefined for the demo model. */
  readonly weights: string | undefined;
  readonly texts: readonly LoadText[];
}

export function loadModelOf({ folder, model, seed }: LoadOptions): LoadModel {
  if (model === 'demo') return { weights: undefined, texts: evaluationTexts() };
  const weights = model === 'm2m100-418m' ? ensureModels(folder).preparedFolder : model;
  return { weights, texts: unbrokenTexts(seed) };
}

/** Held-out sentences of the demo model, the directions in turn. */
function evaluationTexts(): LoadText[] {
  const byDirection = DIRECTIONS.map((direction) => {
    const [fromLang = '', toLang = ''] = direction.split('-');
    return readEvaluation(direction).map(({ source }) => ({ fromLang, toLang, text: source }));
  });
  const longest = Math.max(...byDirection.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) =>
    byDirection.flatMap((texts) => texts[index] ?? []),
  ).flat();
}

/** At most as many tokens as letters, and few more: less than the longest target, which no segment exceeds. */
const WORD_LETTERS = { least: 6, most: 22 };
const LETTERS = 'bcdfghjklmnpqrstvwxz';

/**
 * Words without a border, so that each is one segment whatever becomes of it: random weights seldom end a
 * translation, and what is cut at the longest target would be halved and tried again where it has a border.
 */
function unbrokenTexts(seed: number): LoadText[] {
  const random = seededRandom(seed);
  return Array.from({ length: 1000 }, () => {
    const letters = randomInteger(random, WORD_LETTERS.least, WORD_LETTERS.most);
    const word = Array.from({ length: letters }, () => {
      return LETTERS.charAt(randomInteger(random, 0, LETTERS.length - 1));
    });
    return { fromLang: 'en', toLang: 'de', text: word.join('') };
  });
}
