import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readManifest, verifyFiles } from '#libs/prepared-model';
import { CHECKPOINTS } from '../support/prepared-models.js';

const LAUNCHER = fileURLToPath(new URL('../../apps/cli/bin/babelserve.mjs', import.meta.url));

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'prepare-command-'));
});
afterEach(() => rm(work, { recursive: true }));

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [LAUNCHER, ...args], { cwd: work });
}

async function run(...args: string[]): Promise<{ code: number | null; stderr: string }> {
  const child = start(...args);
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const [stderr, [code]] = await Promise.all([text(child.stderr!), ended]);
  return { code, stderr };
}

describe('babelserve prepare', () => {
  it('says how far it is and what it made, and the second time that nothing was to do', async () => {
    const first = await run('prepare', CHECKPOINTS.tiny, '--output', 'model');
    expect(first.code).toBe(0);
    expect(first.stderr.split('\n')).toEqual([
      expect.stringMatching(/^hash the source: 0 % of [\d.]+ MB$/),
      expect.stringMatching(/^compile: 0 % of [\d.]+ MB$/),
      expect.stringMatching(/^self-test: 0 % of [\d.]+ MB$/),
      expect.stringMatching(/^hash the result: 0 % of [\d.]+ MB$/),
      expect.stringMatching(/^pack the graphs: 0 % of [\d.]+ MB$/),
      'graphs packed for this processor',
      expect.stringMatching(/^Prepared 100 languages in int8, [\d.]+ MB, in model$/),
      '',
    ]);
    const second = await run('prepare', CHECKPOINTS.tiny, '--output', 'model');
    expect(second.code).toBe(0);
    expect(second.stderr).toMatch(
      /\nmodel holds this model already .*; it was not prepared again\.\n$/,
    );
    expect(second.stderr).not.toMatch(/pack/);
    const forced = await run('prepare', CHECKPOINTS.tiny, '--output', 'model', '--force');
    expect(forced.stderr).toMatch(/\nPrepared 100 languages/);
  });

  it('packs the graphs for this machine, where that is wanted and they are of int8', async () => {
    const packedNames = async (): Promise<string[]> =>
      (await readdir(join(work, 'model'))).filter((name) => name.startsWith('.'));
    await run('prepare', CHECKPOINTS.tiny, '--output', 'model', '--no-pack');
    expect(await packedNames()).toEqual([]);
    await run('prepare', CHECKPOINTS.tiny, '--output', 'model');
    expect(await packedNames()).toEqual([expect.stringMatching(/^\.packed-[0-9a-f]{16}$/)]);
    const fp32 = await run('prepare', CHECKPOINTS.tiny, '--output', 'model', '-p', 'fp32');
    expect(fp32.stderr).not.toMatch(/pack/);
    expect(await packedNames()).toEqual([]);
  });

  it('leaves a whole model where it is killed while it packs, and packs the next time', async () => {
    const child = start('prepare', CHECKPOINTS.demo, '--output', 'model');
    const ended = once(child, 'exit');
    const packing = async (): Promise<boolean> =>
      (await readdir(join(work, 'model')).catch(() => [])).some((name) =>
        name.endsWith('.packed.partial'),
      );
    while (!(await packing())) await new Promise(setImmediate);
    child.kill('SIGKILL');
    await ended;
    const model = join(work, 'model');
    expect(await verifyFiles(model, await readManifest(model))).toEqual([]);
    const next = await run('prepare', CHECKPOINTS.demo, '--output', 'model');
    expect(next.stderr).toMatch(
      /\ngraphs packed for this processor\n.* it was not prepared again\.\n$/,
    );
    const hidden = (await readdir(model)).filter((name) => name.startsWith('.'));
    expect(hidden).toEqual([expect.stringMatching(/^\.packed-[0-9a-f]{16}$/)]);
  });

  it('ends with 1 and one line where it cannot', async () => {
    await writeFile(join(work, 'thesis.txt'), '');
    const { code, stderr } = await run('prepare', CHECKPOINTS.tiny, '--output', '.');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^babelserve: .* exists and is no prepared model; [^\n]*\n$/);
  });

  it('says what happens to a folder that exists', async () => {
    const child = start('prepare', '--help');
    expect(await text(child.stdout!)).toMatch(/another or a damaged model +it is replaced when/);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'is ended by %s, and leaves nothing behind',
    async (signal) => {
      const child = start('prepare', CHECKPOINTS.demo, '--output', 'model');
      const ended = once(child, 'exit');
      while ((await readdir(work)).length === 0) await new Promise(setImmediate);
      child.kill(signal);
      expect(await ended).toEqual([null, signal]);
      expect(await readdir(work)).toEqual([]);
    },
  );
});
