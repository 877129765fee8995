import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LanguageDetector } from '#libs/detection';
import type { TextAsSent, TextToTranslate } from './translation-request.js';

/** Longest turn of detecting before other requests and probes get theirs. */
const TURN_MS = 10;

/** The texts, each with a source language: that which the caller names, or the one that it seems to be in. */
export async function detectLanguages(
  texts: readonly TextAsSent[],
  detector: LanguageDetector,
): Promise<TextToTranslate[]> {
  const known: TextToTranslate[] = [];
  let turnEndsAtMs = performance.now() + TURN_MS;
  for (const text of texts) {
    const { sourceLanguage } = text;
    if (sourceLanguage !== undefined) {
      known.push({ ...text, sourceLanguage });
      continue;
    }
    const [detected] = detector.detect(text.text);
    known.push({ ...text, sourceLanguage: detected.language, detected });
    if (performance.now() < turnEndsAtMs) continue;
    await nextTurn();
    turnEndsAtMs = performance.now() + TURN_MS;
  }
  return known;
}
