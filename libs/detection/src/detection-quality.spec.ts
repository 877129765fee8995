import { expect, it } from 'vitest';
import { LANGUAGES } from '#libs/tokenization';
import { readDetectionSamples, WORD_CLASSES } from '../../../test/support/detection-samples.js';
import { LanguageDetector } from './language-detector.js';

/** Of the fixture's 49 languages those that eld does not know. */
const UNKNOWN: readonly string[] = ['af', 'id', 'mk', 'sw'];

/** Measured, rounded down: docs/decisions/0017-eld-detects-languages.md. */
const LEAST_RIGHT = { '1-3': 0.86, '4-10': 0.985, 'over 10': 0.995 };

it('finds the language among all of the model as often as was measured', async () => {
  const detector = new LanguageDetector(LANGUAGES.map(({ code }) => code));
  const samples = (await readDetectionSamples()).filter(
    ({ language }) => !UNKNOWN.includes(language),
  );
  expect(new Set(samples.map(({ language }) => language)).size).toBe(45);
  for (const words of WORD_CLASSES) {
    const ofClass = samples.filter((sample) => sample.words === words);
    const right = ofClass.filter(
      ({ language, text }) => detector.detect(text)[0].language === language,
    );
    expect(right.length / ofClass.length, `${words} words`).toBeGreaterThan(LEAST_RIGHT[words]);
  }
});
