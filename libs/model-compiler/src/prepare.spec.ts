import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashFile, readManifest, verifyFiles } from '#libs/prepared-model';
import { prepareModel } from './prepare.js';
import type { Progress } from './watch.js';

const TINY = fileURLToPath(new URL('../../../test/fixtures/tiny-m2m100', import.meta.url));

let work: string;
let output: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'prepare-'));
  output = join(work, 'prepared');
});
afterEach(() => rm(work, { recursive: true }));

describe.each(['fp32', 'int8'] as const)('prepareModel in %s', (precision) => {
  it('writes a folder that its manifest describes', async () => {
    const { manifest, outcome } = await prepareModel({ source: TINY, output, precision });
    expect(outcome).toBe('prepared');
    expect(await readManifest(output)).toEqual(manifest);
    expect(await verifyFiles(output, manifest)).toEqual([]);
    expect((await readdir(output)).sort()).toEqual([
      'decoder.onnx',
      'encoder.onnx',
      'manifest.json',
      'sentencepiece.bpe.model',
      'vocab.json',
      'weights.data',
    ]);
    expect(manifest.source.files['model.safetensors']).toEqual(
      await hashFile(join(TINY, 'model.safetensors')),
    );
    expect(await readdir(work)).toEqual(['prepared']);
  });

  it('writes the same bytes again', async () => {
    const first = await prepareModel({ source: TINY, output, precision });
    const second = await prepareModel({ source: TINY, output, precision, force: true });
    expect(second).toEqual(first);
  });

  it('counts each stage from nothing to the whole', async () => {
    const seen: Progress[] = [];
    const onProgress = (progress: Progress): unknown => seen.push(progress);
    await prepareModel({ source: TINY, output, precision, onProgress });
    const stages = [...new Set(seen.map(({ stage }) => stage))];
    expect(stages).toEqual(['hash the source', 'compile', 'self-test', 'hash the result']);
    for (const stage of stages) {
      const counts = seen.filter((progress) => progress.stage === stage);
      const total = counts[0]!.totalBytes;
      expect(counts[0]!.doneBytes).toBe(0);
      expect(counts.at(-1)).toEqual({ stage, doneBytes: total, totalBytes: total });
    }
  });
});

describe('an output that is missing', () => {
  it('comes with the folders that lead to it', async () => {
    const deep = join(work, 'a/b/c');
    await prepareModel({ source: TINY, output: deep, precision: 'int8' });
    expect((await readManifest(deep)).precision).toBe('int8');
  });

  it('may have a name of any length and script', async () => {
    const long = join(work, '翻訳.'.repeat(25));
    await prepareModel({ source: TINY, output: long, precision: 'int8' });
    expect(await readdir(long)).toHaveLength(6);
  });
});

describe('an aborted signal', () => {
  it.each(['hash the source', 'compile', 'self-test', 'hash the result'] as const)(
    'ends the stage "%s" with its reason, and nothing is left behind',
    async (stage) => {
      const controller = new AbortController();
      const prepared = prepareModel({
        source: TINY,
        output,
        precision: 'int8',
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.stage === stage) controller.abort(new Error('enough'));
        },
      });
      await expect(prepared).rejects.toThrow('enough');
      expect(await readdir(work)).toEqual([]);
    },
  );
});
