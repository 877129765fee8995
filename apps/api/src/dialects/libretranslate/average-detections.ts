import type { DetectedLanguage } from '#libs/detection';

/** The mean confidence of each language over several texts, best first. A language that a text lacks has 0 there. */
export function averageDetections(
  texts: readonly (readonly DetectedLanguage[])[],
): DetectedLanguage[] {
  const sums = new Map<string, number>();
  for (const { confidence, language } of texts.flat())
    sums.set(language, (sums.get(language) ?? 0) + confidence);
  return [...sums]
    .map(([language, sum]) => ({ language, confidence: sum / texts.length }))
    .sort((one, other) => other.confidence - one.confidence);
}
