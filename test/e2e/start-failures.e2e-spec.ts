import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../apps/cli/bin/babelserve.mjs', import.meta.url));

/** Runs `babelserve serve` to its end; it gets a signal when it has written `signalAt`. */
async function serve(
  env: Readonly<Record<string, string>>,
  signalAt?: string,
): Promise<{ readonly exitCode: number | null; readonly errorLines: readonly string[] }> {
  const child = spawn(process.execPath, [LAUNCHER, 'serve'], {
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: '0',
      CACHE_DIR: join(tmpdir(), 'babelserve-test-cache'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (chunk: Buffer) => {
    if (signalAt !== undefined && chunk.includes(signalAt)) child.kill('SIGTERM');
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const [errors, [exitCode]] = await Promise.all([text(child.stderr), ended]);
  const errorLines = errors.split('\n').filter((line) => line !== '' && line !== 'Building…');
  return { exitCode, errorLines };
}

describe('babelserve serve', () => {
  it('ends with 1 and one line for each bad setting, without a stack', async () => {
    const { exitCode, errorLines } = await serve({ BATCH_SIZE: 'many', LOG_LEVEL: 'loud' });
    expect(exitCode).toBe(1);
    expect(errorLines).toEqual([
      'babelserve: BATCH_SIZE is "many"; it is a whole number from 1 to 4096.',
      'LOG_LEVEL is "loud"; it is one of fatal, error, warn, info, debug, trace, silent.',
    ]);
  });

  it('ends with 1 and names the port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { exitCode, errorLines } = await serve({ PORT: String(port) });
    taken.close();
    expect(exitCode).toBe(1);
    expect(errorLines).toEqual([
      `babelserve: The service cannot listen on PORT ${port} of HOST 127.0.0.1: another program listens there. Set other ones.`,
    ]);
  });

  it.each<[Record<string, string>, string]>([
    [{ MODEL_WEIGHTS: '/no/such/model' }, 'There is no model at "/no/such/model"'],
    [{ HOST: '203.0.113.1' }, 'cannot listen on PORT 0 of HOST 203.0.113.1'],
  ])('ends with 1 and one line with %j', async (env, message) => {
    const { exitCode, errorLines } = await serve(env);
    expect(exitCode).toBe(1);
    expect(errorLines).toHaveLength(1);
    expect(errorLines[0]).toContain(message);
  });

  it('ends with 1 where a GPU is asked for and not there, and never computes on the CPU instead', async () => {
    // No machine has so many. What onnxruntime itself says of it may come before.
    const { exitCode, errorLines } = await serve({ DEVICE: 'cuda:999' });
    expect(exitCode).toBe(1);
    expect(errorLines.at(-1)).toMatch(
      /^babelserve: DEVICE is "cuda:999"; this device is not there: onnxruntime's CUDA provider did not load or compute \(.+\)\. Use /,
    );
  });

  it('leaves nothing behind when SIGTERM comes while the model is prepared', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'start-failures-'));
    const child = spawn(process.execPath, [LAUNCHER, 'serve'], {
      env: { PATH: process.env['PATH'], PORT: '0', CACHE_DIR: cache },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    while ((await readdir(cache)).length === 0) await new Promise(setImmediate);
    child.kill('SIGTERM');
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect(await readdir(cache)).toEqual([]);
    await rm(cache, { recursive: true });
  });

  it.each([
    ['before it listens', 'engine ready'],
    ['as soon as it listens', '"listening"'],
  ])('ends with 0 when SIGTERM comes %s', async (_, signalAt) => {
    const { exitCode, errorLines } = await serve({ DRAIN_DELAY_MS: '0' }, signalAt);
    expect(exitCode).toBe(0);
    expect(errorLines).toEqual([]);
  });
});
