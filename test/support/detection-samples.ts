import { readFile } from 'node:fs/promises';

/** How many words a sample has; the classes that detection is measured in. */
export const WORD_CLASSES = ['1-3', '4-10', 'over 10'] as const;
export type WordClass = (typeof WORD_CLASSES)[number];

export interface DetectionSample {
  /** A code of the model. */
  readonly language: string;
  readonly words: WordClass;
  readonly text: string;
}

const FILE = new URL('../fixtures/detection/sentences.txt', import.meta.url);

/**
 * Of every sentence in the fixture a text in each class: its first one to three words; itself, with following ones
 * where it has under four words, up to ten; and itself with following ones until they are over ten.
 */
export async function readDetectionSamples(): Promise<DetectionSample[]> {
  const samples: DetectionSample[] = [];
  for (const [language, sentences] of await readSentences())
    for (const [index, sentence] of sentences.entries()) {
      const following = [...sentences.slice(index), ...sentences.slice(0, index)];
      const texts: Record<WordClass, string> = {
        '1-3': firstWords(sentence, 1 + (index % 3), language),
        '4-10': firstWords(joinUntil(following, 4, language), 10, language),
        'over 10': joinUntil(following, 11, language),
      };
      for (const words of WORD_CLASSES) samples.push({ language, words, text: texts[words] });
    }
  return samples;
}

/** Sentences by language: a line with `# code`, then theirs. */
async function readSentences(): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = await readFile(FILE, 'utf8');
  const blocks = text.split(/^# /m).slice(1);
  return new Map(
    blocks.map((block) => {
      const [language = '', ...lines] = block.trim().split('\n');
      return [language, lines];
    }),
  );
}

function joinUntil(sentences: readonly string[], leastWords: number, language: string): string {
  let text = '';
  for (const sentence of sentences) {
    text = text === '' ? sentence : `${text} ${sentence}`;
    if (wordEnds(text, language).length >= leastWords) break;
  }
  return text;
}

/** The text up to the end of its nth word; all of it where it has no more. */
function firstWords(text: string, count: number, language: string): string {
  const ends = wordEnds(text, language);
  return ends.length <= count ? text : text.slice(0, ends[count - 1]);
}

/** Source: Unicode Standard Annex 29, section 4, with ICU's dictionaries for scripts without blanks. */
function wordEnds(text: string, language: string): number[] {
  const segments = new Intl.Segmenter(language, { granularity: 'word' }).segment(text);
  return [...segments]
    .filter(({ isWordLike }) => isWordLike)
    .map(({ index, segment }) => index + segment.length);
}
