import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readManifest, verifyFiles } from '#libs/prepared-model';
import { randomInteger, seededRandom } from '../../libs/testing/src/seeded-random.js';
import { HubFetching, TINY_BYTES, TINY_FILES } from '../support/hub-fetching.js';
import { filesOf, refuse } from '../support/local-hub.js';
import { CHECKPOINTS, preparedModel } from '../support/prepared-models.js';
import { RunningService } from '../support/service.js';

const LAUNCHER = fileURLToPath(new URL('../../apps/cli/bin/babelserve.mjs', import.meta.url));
const TOKEN = 'hf_secret-of-the-tests';
const TEXTS = ['Where is the station?', 'Life is like a box of chocolates.'];
const WEIGHTS_BYTES = TINY_FILES.get('model.safetensors')!.length;

let fetching: HubFetching;
beforeEach(async () => {
  fetching = await HubFetching.start({ token: TOKEN });
});
afterEach(() => fetching.stop());

/** What the command line is told of the local hub. */
function environment(): Record<string, string> {
  const { hub, cacheFolder } = fetching;
  return { HF_ENDPOINT: hub.endpoint, HF_TOKEN: TOKEN, CACHE_DIR: cacheFolder };
}

function servingEnvironment(): Record<string, string> {
  return { ...environment(), MODEL_WEIGHTS: fetching.hub.name, HOST: '127.0.0.1', PORT: '0' };
}

function start(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [LAUNCHER, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = environment(),
): Promise<{ exitCode: number | null; output: string; errors: string }> {
  const child = start(args, env);
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const streams = [text(child.stdout!), text(child.stderr!)];
  const [[exitCode], output = '', errors = ''] = await Promise.all([ended, ...streams]);
  return { exitCode, output, errors };
}

/** The prepared model has to be the one of the local checkpoint. */
async function expectPrepared(folder: string, precision: 'int8' | 'fp32'): Promise<void> {
  const manifest = await readManifest(folder);
  expect(await verifyFiles(folder, manifest)).toEqual([]);
  const { hub } = fetching;
  const local = await readManifest(await preparedModel('tiny', precision));
  const origin = `${hub.name}@${hub.commit}`;
  expect(manifest).toEqual({ ...local, source: { ...local.source, origin } });
}

describe('a model of a hub', () => {
  it('is fetched through cuts and errors, prepared and verified', async () => {
    const { hub, cacheFolder } = fetching;
    const random = seededRandom(11);
    const troubles = [503, 429, 502];
    hub.intercept = (_request, response) => {
      const status = hub.requests.length % 4 === 1 ? troubles.pop() : undefined;
      if (status === undefined) return false;
      response.setHeader('retry-after', '0');
      refuse(response, status);
      return true;
    };
    let cuts = 4;
    hub.cutAfter = ({ kind }, bodyBytes) =>
      kind === 'blob' && cuts-- > 0 ? randomInteger(random, 1, bodyBytes - 1) : undefined;

    const folder = join(cacheFolder, 'prepared');
    const prepare = ['prepare', `${hub.name}@main`, '--output', folder, '--precision', 'fp32'];
    const { exitCode, errors } = await run(prepare);
    expect(errors).toMatch(/cut the connection\. Trying again in/);
    expect(errors).not.toContain(TOKEN);
    expect(exitCode).toBe(0);
    await expectPrepared(folder, 'fp32');
    expect(hub.sentBytes).toBeLessThan(TINY_BYTES + 4 * 65_536);
    expect(await run(['verify', folder])).toMatchObject({ exitCode: 0 });
  });

  it('is served by its id, like the local copy, and after that without the hub', async () => {
    const { hub } = fetching;
    const local = await RunningService.start({ MODEL_WEIGHTS: CHECKPOINTS.tiny });
    const expected = await local.translate('en', 'de', TEXTS);
    await local.stop();

    const settings = { ...environment(), MODEL_WEIGHTS: hub.name };
    const first = await RunningService.start(settings);
    expect(await first.translate('en', 'de', TEXTS)).toEqual(expected);
    expect(await first.stop()).toBe(0);
    expect(first.log).not.toContain(TOKEN);
    expect(hub.sentBytes).toBe(TINY_BYTES);

    await hub.stop();
    const offline = await RunningService.start({ ...settings, HF_HUB_OFFLINE: '1' });
    expect(await offline.translate('en', 'de', TEXTS)).toEqual(expected);
    expect(await offline.stop()).toBe(0);
  });

  it('is saved by an init container', async () => {
    const { hub, cacheFolder } = fetching;
    const folder = join(cacheFolder, 'saved');
    const settings = { ...environment(), MODEL_WEIGHTS: hub.name, SAVE_WEIGHTS: folder };
    const { exitCode, output, errors } = await run(['serve'], settings);
    expect(exitCode).toBe(0);
    expect(output + errors).not.toContain(TOKEN);
    await expectPrepared(folder, 'int8');
  });

  it('is saved once: without a cache too, until the hub has another commit, and without the hub', async () => {
    const { hub, cacheFolder } = fetching;
    const folder = join(cacheFolder, 'saved');
    /** As in a new pod: of the last start only the folder is left. */
    const save = async (pod: number, more: Record<string, string> = {}): Promise<unknown> => {
      const CACHE_DIR = join(cacheFolder, `pod-${pod}`);
      const settings = { ...environment(), MODEL_WEIGHTS: hub.name, SAVE_WEIGHTS: folder };
      const { exitCode, output } = await run(['serve'], { ...settings, CACHE_DIR, ...more });
      expect(exitCode).toBe(0);
      return (JSON.parse(output.trim().split('\n').at(-1) ?? '') as { outcome: unknown }).outcome;
    };
    expect(await save(1)).toBe('prepared');
    hub.sentBytes = 0;
    expect(await save(2)).toBe('unchanged');
    expect(hub.sentBytes).toBe(0);

    const generation = Buffer.from('{"num_beams": 3}');
    hub.push(new Map([...TINY_FILES, ['generation_config.json', generation]]));
    expect(await save(3)).toBe('prepared');
    expect(await readManifest(folder)).toMatchObject({
      generation: { beamSize: 3 },
      source: { origin: `${hub.name}@${hub.commit}` },
    });

    await hub.stop();
    expect(await save(4)).toBe('unchanged');
    expect(await save(5, { HF_HUB_OFFLINE: '1' })).toBe('unchanged');
    const pinned = { MODEL_WEIGHTS: `${hub.name}@${hub.commit}` };
    expect(await save(6, pinned)).toBe('unchanged');
  });

  it.each(['pytorch_model.bin', 'onnx'])('may have its weights as %s alone', async (form) => {
    const { hub, cacheFolder } = fetching;
    const small = [...TINY_FILES].filter(([name]) => name !== 'model.safetensors');
    const weights =
      form === 'onnx'
        ? [...filesOf(join(CHECKPOINTS.tiny, 'onnx'))].map(
            ([name, content]) => [`onnx/${name}`, content] as const,
          )
        : filesOf(CHECKPOINTS.tiny, [form]);
    hub.push(new Map([...small, ...weights]));
    const folder = join(cacheFolder, 'prepared');
    expect(await run(['prepare', hub.name, '--output', folder])).toMatchObject({ exitCode: 0 });
    const manifest = await readManifest(folder);
    const local = await readManifest(await preparedModel('tiny', 'int8'));
    expect(manifest.files).toEqual(local.files);
  });

  it('is fetched once by processes that want it at once', async () => {
    const { hub, cacheFolder } = fetching;
    const folders = ['one', 'two'].map((name) => join(cacheFolder, name));
    const runs = folders.map((folder) => run(['prepare', hub.name, '--output', folder]));
    for (const { exitCode } of await Promise.all(runs)) expect(exitCode).toBe(0);
    for (const folder of folders) await expectPrepared(folder, 'int8');
    expect(hub.sentBytes).toBe(TINY_BYTES);
  });

  it('is fetched on from where a killed process was', async () => {
    const { hub, cacheFolder } = fetching;
    const folder = join(cacheFolder, 'prepared');
    const prepare = ['prepare', hub.name, '--output', folder];
    const killed = start(prepare, environment());
    hub.intercept = ({ path, kind }, response) => {
      if (kind !== 'blob' || path !== 'model.safetensors') return false;
      response.writeHead(200, { 'content-length': WEIGHTS_BYTES });
      response.write(TINY_FILES.get('model.safetensors')!.subarray(0, 600_000));
      return true;
    };
    const weights = `${hub.commit}.partial/model.safetensors.partial`;
    await expect
      .poll(() => fetching.sizeOf(weights), { timeout: 60_000, interval: 50 })
      .toBeGreaterThan(500_000);
    killed.kill('SIGKILL');
    await once(killed, 'exit');

    hub.intercept = () => false;
    hub.sentBytes = 0;
    const { exitCode, errors } = await run(prepare);
    expect(errors).not.toContain('Trying again');
    expect(exitCode).toBe(0);
    expect(hub.sentBytes).toBeLessThanOrEqual(WEIGHTS_BYTES - 500_000);
    await expectPrepared(folder, 'int8');
  });

  it.each<[string, Record<string, string>, string]>([
    ['a name that is not there', { MODEL_WEIGHTS: 'tester/other' }, 'HF_TOKEN is wrong'],
    ['no token', { HF_TOKEN: '' }, 'for a private or gated model set HF_TOKEN'],
    ['no copy', { HF_HUB_OFFLINE: '1' }, 'HF_HUB_OFFLINE is set, and '],
  ])('with %s ends the start with 1 and one line', async (_name, env, message) => {
    const { exitCode, errors } = await run(['serve'], { ...servingEnvironment(), ...env });
    expect(exitCode).toBe(1);
    expect(errors.trimEnd()).not.toContain('\n');
    expect(errors).toMatch(/^babelserve: /);
    expect(errors).toContain(message);
  });

  it('of a hub that is not there ends the start with 1 after some attempts', async () => {
    await fetching.hub.stop();
    const { exitCode, output, errors } = await run(['serve'], servingEnvironment());
    expect(exitCode).toBe(1);
    expect(output.match(/refused the connection\. Trying again in/g)).toHaveLength(3);
    expect(errors).toMatch(/^babelserve: .* refused the connection\. This was tried 4 times\./);
  });
});
