import type { TranslationView } from './live-translation.js';

/** The translation as it stands, line by line; nothing in the place of lines that have none. */
export function translatedText({ lines }: TranslationView): string {
  return lines
    .map((line) => {
      if (line.kind === 'done') return line.line.text;
      return line.kind === 'blank' ? line.text : '';
    })
    .join('\n');
}

/** Whether every line has its translation, and there is something translated at all. */
export function isComplete({ lines }: TranslationView): boolean {
  return (
    lines.some(({ kind }) => kind === 'done') &&
    lines.every(({ kind }) => kind === 'done' || kind === 'blank')
  );
}

/** The language that most of the translated text was found to be in. */
export function detectedLanguage({ lines }: TranslationView): string | undefined {
  const lengths = new Map<string, number>();
  for (const view of lines) {
    if (view.kind !== 'done' || view.line.detected === undefined) continue;
    const { detected, text } = view.line;
    lengths.set(detected, (lengths.get(detected) ?? 0) + text.length);
  }
  return [...lengths].toSorted(([, one], [, other]) => other - one)[0]?.[0];
}
