import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { referenceSearch } from '../../libs/testing/src/reference-search.js';
import type { NextTokenTable } from '../../libs/testing/src/scripted-model.js';
import { DEFAULT_GENERATION_OPTIONS } from '#libs/domain';
import { openCheckpoint, prepareModel, ReferenceModel } from '#libs/model-compiler';
import { type ModelFamily, readManifest } from '#libs/prepared-model';
import { CHECKPOINTS } from '../support/prepared-models.js';
import { type TinyVariant, writeTinyVariant } from '../support/tiny-variants.js';

const LAUNCHER = fileURLToPath(new URL('../../apps/cli/bin/babelserve.mjs', import.meta.url));
/** Pieces of the fixture's vocabulary: the first language tag follows them. */
const PIECES = 1195;
const LANGUAGE_COUNT = 100;
const GERMAN = PIECES + 16;
const JAPANESE = PIECES + 42;
/** Short, since the plain search computes every step from the beginning. */
const MAX_LENGTH = 12;

interface RecordedTokens {
  readonly text: string;
  readonly sourceLanguage: string;
  readonly ids: number[];
}

let work: string;
let lines: readonly RecordedTokens[];
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'families-'));
  const path = join(CHECKPOINTS.tiny, 'expected-tokens.json');
  const recorded = JSON.parse(await readFile(path, 'utf8')) as RecordedTokens[];
  lines = recorded.filter(({ sourceLanguage }) => sourceLanguage === 'de').slice(0, 2);
});
afterAll(() => rm(work, { recursive: true }));

/** Runs the command line over the lines. */
async function babelserve(...args: string[]): Promise<string[]> {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    env: { PATH: process.env['PATH'], CACHE_DIR: join(work, 'cache') },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(lines.map((line) => `${line.text}\n`).join(''));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(errors).toBe('');
  return output.trimEnd().split('\n');
}

/** Log-probabilities by the plain computation from the checkpoint's weights. */
async function referenceTable(folder: string): Promise<NextTokenTable> {
  const checkpoint = await openCheckpoint(folder);
  const model = await ReferenceModel.load(checkpoint);
  await checkpoint.weights.close();
  const { vocabularySize } = checkpoint.shape;
  const encoded = new Map<string, Float64Array>();
  return (source, target) => {
    const states = encoded.get(source.join()) ?? model.encode(source);
    encoded.set(source.join(), states);
    const logits = model.decode(states, target).subarray(-vocabularySize);
    const largest = logits.reduce((a, b) => Math.max(a, b));
    const total = logits.reduce((sum, value) => sum + Math.exp(value - largest), 0);
    return Float32Array.from(logits, (value) => value - largest - Math.log(total));
  };
}

const VARIANTS: readonly (readonly [string, ModelFamily, TinyVariant])[] = [
  ['a vocabulary that ends with the language tags', 'm2m100', { vocabularySize: PIECES + 100 }],
  ['a vocabulary of a row more than released', 'm2m100', { vocabularySize: PIECES + 109 }],
  ['a vocabulary of two rows more than released', 'm2m100', { vocabularySize: PIECES + 110 }],
  ['SMaLL-100', 'small100', { tokenizerConfig: { tokenizer_class: 'SMALL100Tokenizer' } }],
];

describe.each(VARIANTS)('a checkpoint with %s', (_, family, variant) => {
  let source: string;
  let prepared: string;
  beforeAll(async () => {
    source = await mkdtemp(join(work, 'source-'));
    prepared = join(await mkdtemp(join(work, 'prepared-')), 'model');
    await writeTinyVariant(source, { ...variant, generationConfig: { max_length: MAX_LENGTH } });
    await prepareModel({ source, output: prepared, precision: 'fp32' });
  });

  /** The ids that Hugging Face's tokenizer gave for M2M100, with the tag that the family puts first. */
  function sourceIds({ ids }: RecordedTokens): number[] {
    return family === 'small100' ? [JAPANESE, ...ids.slice(1)] : ids;
  }

  it('says in its manifest what it is', async () => {
    const manifest = await readManifest(prepared);
    expect(manifest.family).toBe(family);
    expect(manifest.shape.vocabularySize).toBe(variant.vocabularySize ?? PIECES + 108);
    expect(manifest.languages).toHaveLength(LANGUAGE_COUNT);
  });

  it("tokenizes with the family's tag on the command line", async () => {
    expect(lines).toHaveLength(2);
    expect(lines.every(({ ids }) => ids[0] === GERMAN)).toBe(true);
    const rows = await babelserve('tokenize', '-f', 'de', '-t', 'ja', '-m', prepared);
    expect(rows.map((row) => JSON.parse(row) as unknown)).toEqual(lines.map(sourceIds));
  });

  it.each([1, 4])(
    'finds what the plain search over the source weights finds, %i beams',
    async (beamSize) => {
      const table = await referenceTable(source);
      const forcedBos = family === 'small100' ? undefined : JAPANESE;
      const options = {
        ...DEFAULT_GENERATION_OPTIONS,
        beamSize,
        maxLength: MAX_LENGTH,
        earlyStopping: true,
      };
      const rows = await babelserve(
        ...['translate', '--json', '-f', 'de', '-t', 'ja', '-m', prepared, '-b', String(beamSize)],
      );
      for (const [index, line] of lines.entries()) {
        const [best] = referenceSearch(table, sourceIds(line), forcedBos, options);
        const { ids, score } = JSON.parse(rows[index] ?? '') as { ids: number[]; score: number };
        expect(ids).toEqual(best?.tokenIds);
        if (beamSize > 1) expect(Math.abs(score - (best?.score ?? NaN))).toBeLessThan(1e-4);
      }
    },
  );
});
