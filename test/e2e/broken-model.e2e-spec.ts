import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, open, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Manifest, type Precision, readManifest } from '#libs/prepared-model';
import { preparedModel } from '../support/prepared-models.js';
import { WRONG_WEIGHTS, writeWrongModel } from '../support/wrong-model.js';

const LAUNCHER = fileURLToPath(new URL('../../apps/cli/bin/babelserve.mjs', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'broken-model-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs the service on a model, and gives back how it ends. */
async function serve(
  model = folder,
): Promise<{ exitCode: number | null; output: string; errors: string }> {
  const child = spawn(process.execPath, [LAUNCHER, 'serve'], {
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: '0',
      CACHE_DIR: join(folder, 'cache'),
      MODEL_WEIGHTS: model,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const [output, errors, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  return { exitCode, output, errors };
}

/** Zeros from the middle of the weights on, as a broken copy of the right length has them. */
async function blankHalf(): Promise<void> {
  const file = await open(join(folder, 'weights.data'), 'r+');
  const { size } = await file.stat();
  await file.write(Buffer.alloc(size / 2), 0, size / 2, size / 2);
  await file.close();
}

describe('a service whose model is broken', () => {
  it.each<Precision>(['int8', 'fp32'])(
    'never gets ready where the weights are other ones, in %s, and says so in one line',
    async (precision) => {
      await cp(await preparedModel('demo', precision), folder, { recursive: true });
      await blankHalf();
      const { exitCode, output, errors } = await serve();
      expect(exitCode).toBe(1);
      expect(output).not.toContain('"ready"');
      expect(errors).toMatch(
        /^babelserve: The model in \S+ does not compute what its weights say: log-probabilities are off by [\d.e+]+ on average, and [\d.]+ is allowed\. Run "babelserve verify" on it, or prepare it again with --force\.\n$/,
      );
    },
  );

  it('never gets ready where two matrices have changed places, in int8', async () => {
    const wrong = join(folder, 'wrong');
    await writeWrongModel(wrong, 'int8', WRONG_WEIGHTS['queries and keys swapped']!);
    const { exitCode, output, errors } = await serve(wrong);
    expect(exitCode).toBe(1);
    expect(output).not.toContain('"ready"');
    expect(errors).toMatch(/^babelserve: The model in \S+ does not compute what its weights say: /);
  });

  it.each<[string, (manifest: Manifest) => Manifest]>([
    ['more layers', (all) => ({ ...all, shape: { ...all.shape, decoderLayers: 2 ** 31 - 1 } })],
    ['other heads', (all) => ({ ...all, shape: { ...all.shape, heads: 1, headSize: 256 } })],
  ])('never gets ready where its manifest says %s than the graphs have', async (_what, change) => {
    await cp(await preparedModel('demo', 'int8'), folder, { recursive: true });
    await writeFile(
      join(folder, 'manifest.json'),
      JSON.stringify(change(await readManifest(folder))),
    );
    const { exitCode, errors } = await serve();
    expect(exitCode).toBe(1);
    expect(errors).toMatch(
      /^babelserve: The graphs in \S+ have 2 decoder layers with 4 heads of 64; its manifest\.json says \d+, \d and \d+\. Prepare the model again\.\n$/,
    );
  });

  it('never gets ready where a graph is none', async () => {
    await cp(await preparedModel('demo', 'int8'), folder, { recursive: true });
    const path = join(folder, 'encoder.onnx');
    const { size } = await stat(path);
    await writeFile(path, Buffer.alloc(size, 0xff));
    const { exitCode, errors } = await serve();
    expect(exitCode).toBe(1);
    expect(errors).toMatch(
      /^babelserve: \S+encoder\.onnx cannot be loaded \(.+\)\. Copy or prepare the model again\.\n$/,
    );
  });

  it('never gets ready where a file is cut short', async () => {
    await cp(await preparedModel('demo', 'int8'), folder, { recursive: true });
    await truncate(join(folder, 'weights.data'), 1_000_000);
    const { exitCode, errors } = await serve();
    expect(exitCode).toBe(1);
    expect(errors).toMatch(
      /^babelserve: The model in \S+ is damaged: weights\.data has 1000000 bytes; the manifest says \d+\. Copy or prepare it again\.\n$/,
    );
  });
});
