import { eld } from 'eld/medium';
import { resolveLanguage } from '#libs/tokenization';

export interface DetectedLanguage {
  /** A code of the model. */
  readonly language: string;
  /** From 0 (nothing speaks for it) to 1. */
  readonly confidence: number;
}

const LETTER = /\p{L}/u;

/** Tells the language of a text, among those that a model serves. */
export class LanguageDetector {
  /** @param served codes of the model, at least one */
  constructor(private readonly served: readonly string[]) {}

  /**
   * Languages that the text may be in, best first, at least one. Where nothing speaks for any, it is English
   * (or the first that is served) with a confidence of 0. Reads the first 1000 UTF-16 units.
   */
  detect(text: string): [DetectedLanguage, ...DetectedLanguage[]] {
    const scores = LETTER.test(text) ? Object.entries(eld.detect(text).getScores()) : [];
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

/** English, or the first language where it is not served. */
export function fallbackLanguage(served: readonly string[]): string {
  return served.includes('en') ? 'en' : (served[0] ?? 'en');
}
