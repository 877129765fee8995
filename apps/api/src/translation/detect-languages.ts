import type { LanguageDetector } from '#libs/detection';
import type { TextAsSent, TextToTranslate } from './translation-request.js';
import { Turn } from './turn.js';

/** The texts, each with a source language: that which the caller names, or the one that it seems to be in. */
export async function detectLanguages(
  texts: readonly TextAsSent[],
  detector: LanguageDetector,
): Promise<TextToTranslate[]> {
  const known: TextToTranslate[] = [];
  const turn = new Turn();
  for (const text of texts) {
    const { sourceLanguage } = text;
    if (sourceLanguage !== undefined) {
      known.push({ ...text, sourceLanguage });
      continue;
    }
    const [detected] = detector.detect(text.text);
    known.push({ ...text, sourceLanguage: detected.language, detected });
    if (turn.isOver) await turn.passOn();
  }
  return known;
}
