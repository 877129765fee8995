import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { synthesizeCheckpoint } from './synthesize.js';
import type { Progress } from './watch.js';

const TINY = fileURLToPath(new URL('../../../test/fixtures/tiny-m2m100', import.meta.url));
const ABORTED = new Error('enough');
/** float32 weights of 418M parameters and the embedding once. */
const WHOLE_BYTES = 1_935_622_144;

let work: string;
let output: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'synthesize-'));
  output = join(work, 'checkpoint');
});
afterEach(() => rm(work, { recursive: true }));

/** Writes the beginning of a checkpoint; what ends it, and the progress until then. */
async function begin(): Promise<{ error: unknown; seen: readonly Progress[] }> {
  const controller = new AbortController();
  const seen: Progress[] = [];
  const error = await synthesizeCheckpoint({
    shape: 'm2m100-418m',
    output,
    maxLength: 26,
    tokenizerFolder: TINY,
    signal: controller.signal,
    onProgress: (progress) => {
      seen.push(progress);
      if (progress.doneBytes > 0) controller.abort(ABORTED);
    },
  }).catch((caught: unknown) => caught);
  return { error, seen };
}

describe('synthesizeCheckpoint', () => {
  it('counts the bytes of the weights, and leaves nothing behind where it is ended', async () => {
    const { error, seen } = await begin();
    expect(error).toBe(ABORTED);
    expect(seen).toEqual([
      { stage: 'write', doneBytes: 0, totalBytes: WHOLE_BYTES },
      { stage: 'write', doneBytes: 4 << 20, totalBytes: WHOLE_BYTES },
    ]);
    expect(await readdir(work)).toEqual([]);
  });

  it.each([['config.json'], ['generation_config.json'], ['thesis.txt']])(
    'leaves a folder with %s alone',
    async (name) => {
      await mkdir(output);
      await writeFile(join(output, name), '');
      const { error } = await begin();
      expect(error).toBeInstanceOf(OperatorError);
      expect(error).toMatchObject({
        message: expect.stringMatching(/exists and is not empty; it is left alone/) as string,
      });
      expect(await readdir(output)).toEqual([name]);
    },
  );

  it('begins in what a run left that was killed as it published', async () => {
    await mkdir(output);
    await writeFile(join(output, 'model.safetensors'), '');
    expect((await begin()).error).toBe(ABORTED);
  });

  it('says why it cannot write', async () => {
    await writeFile(output, '');
    const { error } = await begin();
    expect(String(error)).toMatch(/cannot be written: a part of the path is not a folder/);
  });
});
