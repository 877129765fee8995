import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LANGUAGES, resolveLanguage } from '#libs/tokenization';
import {
  type DetectionSample,
  readDetectionSamples,
  WORD_CLASSES,
  type WordClass,
} from '../support/detection-samples.js';
import { readBenchOptions } from './bench-options.js';
import { type Detector, openDetectors } from './detectors.js';
import { describeRun, readRunFacts } from './machine.js';
import { markdownTable, toPercent, writeReport } from './report-file.js';

const options = readBenchOptions();
const MODEL_CODES = LANGUAGES.map(({ code }) => code);

interface Result {
  readonly detector: Detector;
  /** Whether each sample's language was found. */
  readonly hits: ReadonlyMap<DetectionSample, boolean>;
  /** Mean time of a sample, in microseconds, once warm. */
  readonly usByClass: Readonly<Record<WordClass, number>>;
}

it('finds out languages', async () => {
  const samples = await readDetectionSamples();
  const results: Result[] = [];
  for (const detector of await openDetectors(join(options.folder, 'detectors')))
    results.push(await measure(detector, samples));
  const report = [
    '# Language detection',
    `Written by \`npm run bench:detection\`. ${describeRun(await readRunFacts())}`,
    `${samples.length / WORD_CLASSES.length} sentences in ${countLanguages(samples)} languages (\`test/fixtures/detection\`), each as its first 1 to 3 words, as 4 to 10, and as over 10; what is right is the best guess among the model's 100 languages. Times are means over all samples.`,
    overview(results, samples),
    '## By language',
    'Right of 20, in the order 1-3 / 4-10 / over 10 words.',
    byLanguage(results, samples),
  ];
  await writeReport(options.outputFolder, 'detection.md', `${report.join('\n\n')}\n`);
  expect(results.length).toBeGreaterThan(0);
});

async function measure(detector: Detector, samples: readonly DetectionSample[]): Promise<Result> {
  const hits = new Map<DetectionSample, boolean>();
  for (const sample of samples)
    hits.set(sample, bestOf(await detector.detect(sample.text)) === sample.language);
  const usByClass = { '1-3': 0, '4-10': 0, 'over 10': 0 };
  for (const words of WORD_CLASSES) {
    const texts = samples.filter((sample) => sample.words === words).map(({ text }) => text);
    const startedAtMs = performance.now();
    for (let round = 0; round < options.repetitions; round++)
      for (const text of texts) await detector.detect(text);
    const elapsedMs = performance.now() - startedAtMs;
    usByClass[words] = (1000 * elapsedMs) / texts.length / options.repetitions;
  }
  return { detector, hits, usByClass };
}

/** The first code that stands for a language of the model. */
function bestOf(codes: Iterable<string>): string | undefined {
  for (const code of codes) {
    const language = resolveLanguage(shortCode(code), MODEL_CODES);
    if (language !== undefined) return language;
  }
  return undefined;
}

/** Codes of ISO 639-3 are written as BCP 47 has them. */
function shortCode(code: string): string {
  try {
    return Intl.getCanonicalLocales(code)[0] ?? code;
  } catch {
    return code;
  }
}

function overview(results: readonly Result[], samples: readonly DetectionSample[]): string {
  const rows = results.map(({ detector, hits, usByClass }) => [
    `${detector.name} ${detector.version}`,
    detector.licence,
    ...WORD_CLASSES.map((words) => {
      const ofClass = samples.filter((sample) => sample.words === words);
      return toPercent(ofClass.filter((sample) => hits.get(sample)).length, ofClass.length);
    }),
    ...WORD_CLASSES.map((words) => usByClass[words].toFixed(0)),
    toMegabytes(detector.loadedBytes),
    toMegabytes(detector.installedBytes),
  ]);
  const head = ['library', 'licence', ...WORD_CLASSES.map((words) => `right, ${words} words`)];
  const costs = [...WORD_CLASSES.map((words) => `µs, ${words}`), 'MB loaded', 'MB installed'];
  return markdownTable([...head, ...costs], rows);
}

function byLanguage(results: readonly Result[], samples: readonly DetectionSample[]): string {
  const languages = [...new Set(samples.map(({ language }) => language))];
  const rows = languages.map((language) => [
    language,
    ...results.map(({ hits }) =>
      WORD_CLASSES.map((words) => {
        const own = samples.filter((sample) => isOf(sample, language, words));
        return own.filter((sample) => hits.get(sample)).length;
      }).join(' / '),
    ),
  ]);
  return markdownTable(['language', ...results.map(({ detector }) => detector.name)], rows);
}

function isOf(sample: DetectionSample, language: string, words: WordClass): boolean {
  return sample.language === language && sample.words === words;
}

function countLanguages(samples: readonly DetectionSample[]): number {
  return new Set(samples.map(({ language }) => language)).size;
}

function toMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
