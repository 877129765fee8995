import { join } from 'node:path';
import type { ForcedPair } from '#libs/decoding';
import { openCheckpoint, streamLogits } from '#libs/model-compiler';
import { hashFile, type Manifest, type Precision } from '#libs/prepared-model';
import { forcedLogits, type LogitRow } from './forced-logits.js';
import type { LoadedModel } from './loaded-model.js';
import { checkParity, measureParity, type SentenceParity } from './parity-check.js';
import { type Check, checkOf } from './report.js';
import { decodeTogether, encodeSegment } from './translate-together.js';

const SENTENCES = [
  'Hello, world.',
  'The weather is nice today, and we are going to the sea.',
  'In 2016 the company had 1,200 people; 生活 costs $3.50.',
];
/** Target tokens of each sentence, the start token included. */
const MAX_TARGET_LENGTH = 16;

/** Whether a folder holds the very files that the model was prepared from. */
export async function checkSource(
  folder: string,
  { source }: Manifest,
  onBytes: (bytes: number) => void,
): Promise<Check> {
  const differences: string[] = [];
  for (const [name, expected] of Object.entries(source.files)) {
    const found = await hashFile(join(folder, name), onBytes);
    if (found.sha256 !== expected.sha256)
      differences.push(
        `${name} has the SHA-256 ${found.sha256}; the model was prepared from ${expected.sha256}.`,
      );
  }
  return checkOf('source', differences, {
    passed: `${folder} is what the model was prepared from`,
    different: `${folder} is not what the model was prepared from`,
  });
}

/**
 * Holds the graphs against a plain computation from the source weights, on what the model itself translates
 * some sentences to: every step's log-probabilities.
 */
export async function checkSourceParity(model: LoadedModel, folder: string): Promise<Check> {
  const { languages, shape, precision } = model.manifest;
  const sourceLanguage = languages.includes('en') ? 'en' : (languages[0] ?? 'en');
  const targets = languages.filter((code) => code !== sourceLanguage);
  const segments = SENTENCES.map((source, index) => ({
    source,
    sourceLanguage,
    targetLanguage: targets[index % Math.max(1, targets.length)] ?? sourceLanguage,
  }));
  const encoded = segments.map((segment) => encodeSegment(model, segment));
  const maxLength = Math.min(MAX_TARGET_LENGTH, shape.maxPositions);
  const decoded = await decodeTogether(model, encoded, { beamSize: 1, maxLength });
  const pairs = encoded.map(({ ids }, index) => ({
    sourceTokenIds: ids,
    targetTokenIds: (decoded[index]?.tokenIds ?? new Int32Array()).slice(0, -1),
  }));
  const found: LogitRow[][] = [];
  for (const pair of pairs) found.push(await forcedLogits(model.port, model.limits, pair));
  const names = segments.map(
    ({ source, targetLanguage }) => `${JSON.stringify(source)} to ${targetLanguage}`,
  );
  return checkParity(await compare(folder, precision, { names, pairs, found }));
}

/** What the graphs have found, beside the plain computation with the precision's rounding and without it. */
async function compare(
  folder: string,
  precision: Precision,
  sentences: {
    readonly names: readonly string[];
    readonly pairs: readonly ForcedPair[];
    readonly found: readonly (readonly LogitRow[])[];
  },
): Promise<SentenceParity[]> {
  const checkpoint = await openCheckpoint(folder);
  try {
    const exact = await streamLogits(checkpoint, sentences.pairs, 'fp32');
    const rounded =
      precision === 'fp32' ? exact : await streamLogits(checkpoint, sentences.pairs, precision);
    return sentences.names.map((name, index) => {
      const expected = exact[index] ?? new Float64Array();
      const rows = rowsOf(rounded[index] ?? new Float64Array(), checkpoint.shape.vocabularySize);
      return {
        name,
        graphs: measureParity(sentences.found[index] ?? [], expected),
        rounding: measureParity(rows, expected),
      };
    });
  } finally {
    await checkpoint.weights.close();
  }
}

function rowsOf(values: Float64Array, size: number): Float64Array[] {
  return Array.from({ length: values.length / size }, (_, row) =>
    values.subarray(row * size, (row + 1) * size),
  );
}
