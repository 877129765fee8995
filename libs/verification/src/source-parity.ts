import { join } from 'node:path';
import { openCheckpoint, streamLogits } from '#libs/model-compiler';
import { hashFile, type Manifest } from '#libs/prepared-model';
import { forcedLogits, type LogitRow } from './forced-logits.js';
import type { LoadedModel } from './loaded-model.js';
import { checkParity, measureParity } from './parity-check.js';
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
  for (const { sourceTokenIds, targetTokenIds } of pairs)
    found.push(await forcedLogits(model.port, model.limits, sourceTokenIds, targetTokenIds));
  const checkpoint = await openCheckpoint(folder);
  try {
    const expected = await streamLogits(checkpoint, pairs);
    return checkParity(
      precision,
      segments.map(({ source, targetLanguage }, index) => [
        `${JSON.stringify(source)} to ${targetLanguage}`,
        measureParity(found[index] ?? [], expected[index] ?? new Float64Array()),
      ]),
    );
  } finally {
    await checkpoint.weights.close();
  }
}
