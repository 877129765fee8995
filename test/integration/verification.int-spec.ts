import { cp, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashFile, type Manifest, type Precision } from '#libs/prepared-model';
import {
  type Check,
  type GoldenValues,
  type VerificationReport,
  verifyPrepared,
} from '#libs/verification';
import { runCommand } from '../support/command-line.js';
import { CHECKPOINTS, preparedModel } from '../support/prepared-models.js';
import { WRONG_WEIGHTS, writeWrongModel } from '../support/wrong-model.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verification-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function copyOf(model: keyof typeof CHECKPOINTS, precision: Precision): Promise<void> {
  await cp(await preparedModel(model, precision), folder, { recursive: true });
}

function find(report: VerificationReport, name: Check['name']): Check | undefined {
  return report.checks.find((check) => check.name === name);
}

function outcomes(report: VerificationReport): Record<string, string> {
  return Object.fromEntries(report.checks.map(({ name, outcome }) => [name, outcome]));
}

/** Changes a part of the weights that every sentence needs, in the middle of the layers. */
async function tamper(factor: number): Promise<void> {
  const file = await open(join(folder, 'weights.data'), 'r+');
  const { size } = await file.stat();
  const from = Math.floor(size / 2 / 4) * 4;
  const floats = new Float32Array(4096);
  await file.read(new Uint8Array(floats.buffer), 0, floats.byteLength, from);
  const changed = floats.map((value) => value * factor);
  await file.write(new Uint8Array(changed.buffer), 0, changed.byteLength, from);
  await file.close();
}

/** Makes the manifest vouch for a file as it is; for that of the source, too, where it is a copy. */
async function vouch(name: string, forSource = false): Promise<void> {
  const path = join(folder, 'manifest.json');
  const { source, files, ...rest } = JSON.parse(await readFile(path, 'utf8')) as Manifest;
  const entry = { [name]: await hashFile(join(folder, name)) };
  const manifest: Manifest = {
    ...rest,
    source: forSource ? { ...source, files: { ...source.files, ...entry } } : source,
    files: { ...files, ...entry },
  };
  await writeFile(path, JSON.stringify(manifest));
}

/** Two words have each other's ids. */
async function swapWords(): Promise<void> {
  const path = join(folder, 'vocab.json');
  const vocabulary = JSON.parse(await readFile(path, 'utf8')) as Record<string, number>;
  const [first = '', second = ''] = Object.keys(vocabulary).slice(100);
  const swapped = { [first]: vocabulary[second], [second]: vocabulary[first] };
  await writeFile(path, JSON.stringify({ ...vocabulary, ...swapped }));
}

/** What Hugging Face makes of the tiny fixture, in the place of published values. */
async function huggingFaceValues(): Promise<GoldenValues> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(CHECKPOINTS.tiny, name), 'utf8'));
  const tokens = (await read('expected-tokens.json')) as {
    text: string;
    sourceLanguage: string;
    ids: number[];
  }[];
  const forward = (await read('expected-forward.json')) as {
    input_ids: [number[]];
    decoder_input_ids: [number[]];
    'logits[0,:,:8]': number[][];
  };
  const rows = (await read('expected-generate.json')) as {
    case: number;
    targetLanguage: string;
    options: Record<string, unknown>;
    text: string;
  }[];
  const asConfigured = JSON.stringify({ early_stopping: true, max_length: 48, num_beams: 5 });
  return {
    // Hugging Face takes control tokens out of a text, we do not.
    encodings: tokens
      .filter(({ text }) => !/__|<\/s>/.test(text))
      .map(({ text, sourceLanguage, ids }) => ({ text, language: sourceLanguage, ids })),
    logits: {
      sourceTokenIds: forward.input_ids[0],
      targetTokenIds: forward.decoder_input_ids[0],
      rows: forward['logits[0,:,:8]'],
      tolerance: 0.001,
    },
    translations: rows
      .filter(({ options }) => JSON.stringify(options) === asConfigured)
      .map((row) => ({
        source: tokens[row.case]!.text,
        sourceLanguage: tokens[row.case]!.sourceLanguage,
        targetLanguage: row.targetLanguage,
        target: row.text,
      }))
      .filter(({ source }) => !/__|<\/s>/.test(source)),
  };
}

describe('verifyPrepared', () => {
  it.each([
    ['tiny', 'fp32'],
    ['tiny', 'int8'],
    ['demo', 'fp32'],
    ['demo', 'int8'],
  ] as const)('finds %s in %s as its source weights say', async (model, precision) => {
    const progress: number[] = [];
    const report = await verifyPrepared({
      folder: await preparedModel(model, precision),
      source: CHECKPOINTS[model],
      onProgress: ({ doneBytes, totalBytes }) => progress.push(doneBytes / totalBytes),
    });
    expect(outcomes(report)).toEqual({
      files: 'passed',
      source: 'passed',
      'self-test': 'passed',
      parity: 'passed',
    });
    expect(report.passed).toBe(true);
    expect(progress[0]).toBe(0);
    expect(progress.at(-1)).toBe(1);
    expect(find(report, 'parity')?.details).toHaveLength(3);
  });

  it('finds a changed file, and does not load it', async () => {
    await copyOf('tiny', 'int8');
    await tamper(-1);
    const report = await verifyPrepared({ folder, source: CHECKPOINTS.tiny });
    expect(report.passed).toBe(false);
    expect(outcomes(report)).toEqual({
      files: 'different',
      source: 'passed',
      'self-test': 'left-out',
    });
    expect(find(report, 'files')?.details).toEqual([
      expect.stringMatching(/^weights\.data has the SHA-256 [0-9a-f]{64}; the manifest says/),
    ]);
  });

  it.each<Precision>(['fp32', 'int8'])(
    'finds changed weights that the manifest vouches for, in %s',
    async (precision) => {
      await copyOf('tiny', precision);
      await tamper(-1);
      await vouch('weights.data');
      const report = await verifyPrepared({ folder, source: CHECKPOINTS.tiny });
      expect(outcomes(report)).toMatchObject({ files: 'passed', parity: 'different' });
      expect(report.passed).toBe(false);
    },
  );

  it.each(Object.entries(WRONG_WEIGHTS))(
    'finds %s, which the manifest vouches for, in int8: with the source and without',
    async (_what, change) => {
      const wrong = join(folder, 'wrong');
      await writeWrongModel(wrong, 'int8', change);
      const report = await verifyPrepared({ folder: wrong, source: CHECKPOINTS.demo });
      expect(outcomes(report)).toEqual({
        files: 'passed',
        source: 'passed',
        'self-test': 'different',
        parity: 'different',
      });
    },
  );

  it('finds a vocabulary that the manifest vouches for, by the source that it names', async () => {
    await copyOf('tiny', 'int8');
    await swapWords();
    await vouch('vocab.json');
    const report = await verifyPrepared({ folder });
    expect(outcomes(report)).toMatchObject({ files: 'different', 'self-test': 'left-out' });
    expect(find(report, 'files')?.details).toEqual([
      'vocab.json is another than that of the source, by the manifest itself.',
    ]);
  });

  it('finds a vocabulary that the manifest names as the source, too, where the source is at hand', async () => {
    await copyOf('tiny', 'int8');
    await swapWords();
    await vouch('vocab.json', true);
    const report = await verifyPrepared({ folder, source: CHECKPOINTS.tiny });
    expect(outcomes(report)).toMatchObject({ files: 'passed', source: 'different' });
    expect(report.passed).toBe(false);
  });

  it('does not compare with the weights of another model', async () => {
    const prepared = await preparedModel('tiny', 'fp32');
    const report = await verifyPrepared({ folder: prepared, source: CHECKPOINTS.demo });
    expect(outcomes(report)).toEqual({
      files: 'passed',
      source: 'different',
      'self-test': 'passed',
      parity: 'left-out',
    });
  });

  it('meets published values: encodings, logits and translations', async () => {
    const values = await huggingFaceValues();
    expect(values.translations.length).toBeGreaterThanOrEqual(20);
    const report = await verifyPrepared({
      folder: await preparedModel('tiny', 'fp32'),
      golden: { release: 'tiny', values },
    });
    expect(outcomes(report)).toMatchObject({
      encodings: 'passed',
      logits: 'passed',
      translations: 'passed',
    });
    expect(report.passed).toBe(true);
    expect(find(report, 'translations')?.details).toEqual([]);
  });

  it('says where it does not meet them', async () => {
    const values = await huggingFaceValues();
    const [encoding, ...encodings] = values.encodings;
    const [row, ...rows] = values.logits.rows;
    const [translation, ...translations] = values.translations;
    const report = await verifyPrepared({
      folder: await preparedModel('tiny', 'fp32'),
      golden: {
        release: 'tiny',
        values: {
          encodings: [{ ...encoding!, ids: [...encoding!.ids, 2] }, ...encodings],
          logits: { ...values.logits, rows: [[row![0]! + 0.01, ...row!.slice(1)], ...rows] },
          translations: [{ ...translation!, target: 'something else' }, ...translations],
        },
      },
    });
    expect(outcomes(report)).toMatchObject({
      encodings: 'different',
      logits: 'different',
      translations: 'different',
    });
    expect(find(report, 'encodings')?.details).toHaveLength(1);
    expect(find(report, 'logits')?.summary).toMatch(/is 1\.0e-2; 0\.001 is allowed/);
    expect(find(report, 'translations')?.details[0]).toBe('published: something else');
  });

  it('shows texts side by side in int8, where they may differ', async () => {
    const values = await huggingFaceValues();
    const report = await verifyPrepared({
      folder: await preparedModel('tiny', 'int8'),
      golden: { release: 'tiny', values },
    });
    expect(report.passed).toBe(true);
    expect(outcomes(report)).toMatchObject({
      encodings: 'passed',
      logits: 'shown',
      translations: 'shown',
    });
    const details = find(report, 'translations')?.details ?? [];
    expect(details).toHaveLength(3 * values.translations.length);
    expect(details.slice(0, 3)).toEqual([
      expect.stringMatching(/^published: /),
      expect.stringMatching(/^5 beams: /),
      expect.stringMatching(/^greedy: /),
    ]);
  });
});

describe('babelserve verify', () => {
  it('knows the source of the demo model, and reports a line a check', async () => {
    const prepared = await preparedModel('demo', 'int8');
    const { exitCode, stdout } = await runCommand('verify', prepared);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      `${prepared}: M2M100, int8\n✓ files: 5 files are as in the manifest\n`,
    );
    expect(stdout).toMatch(
      /^✓ self-test: log-probabilities are off by .* on average; .* is allowed$/m,
    );
    expect(stdout).toMatch(/^✓ parity: log-probabilities are those of the source weights/m);
  });

  it('ends with 1 and one line where something is different, and reports it as JSON', async () => {
    await copyOf('tiny', 'fp32');
    await tamper(-1);
    const { exitCode, stdout, errorLines } = await runCommand('verify', folder, '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ passed: false, family: 'm2m100' });
    expect(errorLines.at(-1)).toBe(
      `babelserve: ${folder} is not as it should be: files. Prepare it again from its source.`,
    );
  });

  it('holds a model against a release that it is said to be', async () => {
    const prepared = await preparedModel('tiny', 'fp32');
    const args = ['verify', prepared, '--as', 'facebook/m2m100_418M'];
    const { exitCode, stdout, errorLines } = await runCommand(...args);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('✗ encodings: ');
    expect(errorLines.at(-1)).toMatch(/is not as it should be: encodings/);
  });
});
