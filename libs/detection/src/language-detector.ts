import { eld } from 'eld/medium';
import { resolveLanguage } from '#libs/tokenization';

export interface DetectedLanguage {
  /** A code of the model. */
  readonly language: string;
  /** From 0 (nothing speaks for it) to 1. */
  readonly confidence: number;
}

const LETTER = /\p{L}/u;

/** Languages that eld does not know, and that are alone in the model with their script. */
const LANGUAGES_OF_SCRIPTS: readonly (readonly [code: string, letter: RegExp])[] = [
  ['km', /\p{Script=Khmer}/u],
  ['my', /\p{Script=Myanmar}/u],
  ['si', /\p{Script=Sinhala}/u],
];

/** Tells the language of a text, among those that a model serves. */
export class LanguageDetector {
  /** @param served codes of the model, at least one */
  constructor(private readonly served: readonly string[]) {}

  /**
   * Languages that the text may be in, best first, at least one. Where nothing speaks for any, it is English
   * (or the first that is served) with a confidence of 0. Reads the first 1000 UTF-16 units.
   */
  detect(text: string): [DetectedLanguage, ...DetectedLanguage[]] {
    const scores = LETTER.test(text) ? scoresOf(text) : [];
    const found = new Map<string, DetectedLanguage>();
    for (const [code, score] of scores) {
      const language = resolveLanguage(code, this.served);
      if (language !== undefined && !found.has(language))
        found.set(language, { language, confidence: score });
    }
    const [best, ...others] = found.values();
    return best === undefined
      ? [{ language: fallbackLanguage(this.served), confidence: 0 }]
      : [best, ...others];
  }
}

/** Codes as BCP 47 has them, best first. */
function scoresOf(text: string): [code: string, score: number][] {
  const scores = Object.entries(eld.detect(text).getScores());
  if (scores.length > 0) return scores;
  const code = LANGUAGES_OF_SCRIPTS.find(([, letter]) => letter.test(text))?.[0];
  return code === undefined ? [] : [[code, 1]];
}

/** English, or the first language where it is not served. */
export function fallbackLanguage(served: readonly string[]): string {
  return served.includes('en') ? 'en' : (served[0] ?? 'en');
}
