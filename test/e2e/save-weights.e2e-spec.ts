import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { availableCores } from '#libs/inference';
import { prepareModel } from '#libs/model-compiler';
import { readManifest, verifyFiles } from '#libs/prepared-model';
import { canMount, WITH_MOUNTS } from '../support/mounts.js';
import { CHECKPOINTS } from '../support/prepared-models.js';
import { RunningService } from '../support/service.js';

const LAUNCHER = fileURLToPath(new URL('../../apps/cli/bin/babelserve.mjs', import.meta.url));

const READ_ONLY_ROOT = `
  mount --bind "$0" "$0"; mount -t tmpfs none "$0/model"; mount -o remount,bind,ro "$0"`;

let work: string;
let model: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'save-weights-'));
  model = join(work, 'model');
  await mkdir(model);
});
afterEach(() => rm(work, { recursive: true }));

/** One start of the service as an init container; what it logs in the end. */
function save(source?: string): { status: number | null; outcome: unknown; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [LAUNCHER, 'serve'], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      SAVE_WEIGHTS: model,
      ...(source === undefined ? {} : { MODEL_WEIGHTS: source }),
    },
  });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  const outcome = last === '' ? undefined : (JSON.parse(last) as { outcome: unknown }).outcome;
  return { status, outcome, stderr };
}

describe('SAVE_WEIGHTS', () => {
  it('fills an empty folder, from which the service then translates', async () => {
    expect(save()).toEqual({ status: 0, outcome: 'prepared', stderr: '' });
    expect(await verifyFiles(model, await readManifest(model))).toEqual([]);
    const service = await RunningService.start({ MODEL_WEIGHTS: model });
    try {
      const [record] = await service.translate('en', 'de', ['Where is the station?']);
      expect(record?.text).toBe('Wo ist der Bahnhof?');
    } finally {
      await service.stop();
    }
  });

  it('does nothing where the model is there, and replaces another and a damaged one', async () => {
    const inode = async (): Promise<number> => (await stat(join(model, 'weights.data'))).ino;
    await prepareModel({ source: CHECKPOINTS.tiny, output: model, precision: 'int8' });
    expect(save().outcome).toBe('prepared');
    const before = await inode();
    expect(save()).toEqual({ status: 0, outcome: 'unchanged', stderr: '' });
    expect(await inode()).toBe(before);
    await writeFile(join(model, 'vocab.json'), '{}');
    expect(save().outcome).toBe('prepared');
    expect(await verifyFiles(model, await readManifest(model))).toEqual([]);
  });

  it('copies a model that is prepared already, and refuses to copy a damaged one', async () => {
    const source = join(work, 'prepared');
    const { manifest } = await prepareModel({
      source: CHECKPOINTS.tiny,
      output: source,
      precision: 'fp32',
    });
    expect(save(source).outcome).toBe('prepared');
    expect(await readManifest(model)).toEqual(manifest);
    expect(save(source).outcome).toBe('unchanged');
    expect(save(model).outcome).toBe('unchanged');

    await writeFile(join(source, 'vocab.json'), '{}');
    await rm(model, { recursive: true });
    const { status, stderr } = save(source);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^babelserve: .*vocab\.json is not what its manifest says\. [^\n]*\n$/);
    expect(await readdir(work)).toEqual(['prepared']);
  });

  it('leaves a folder of other things alone, with one line', async () => {
    await writeFile(join(model, 'thesis.txt'), '');
    const { status, stderr } = save();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^babelserve: .*model exists and is no prepared model; [^\n]*\n$/);
    expect(await readdir(model)).toEqual(['thesis.txt']);
  });

  it.runIf(canMount).each([
    ['the same file system', 'mkdir "$0/volume"; mount --bind "$0/volume" "$0/model"'],
    ['a volume beside a read-only root', READ_ONLY_ROOT],
  ])('fills a mount point of %s, once, and the model is served from there', (_what, mount) => {
    const script = `
      ${mount}
      export SAVE_WEIGHTS="$0/model"
      "$@" serve && "$@" serve || exit 1
      unset SAVE_WEIGHTS
      echo 'Where is the station?' | "$@" translate --from en --to de --model "$0/model"
      ls "$0/model" | wc -l
      ls -d "$0/model"/.packed-* | wc -l`;
    const node = [process.execPath, LAUNCHER];
    const [command, ...args] = [...WITH_MOUNTS, 'bash', '-c', script, work, ...node];
    const { stdout } = spawnSync(command, args, { encoding: 'utf8' });
    const lines = stdout.trim().split('\n');
    const outcomes = lines.flatMap((line) => /"outcome":"(\w+)"/.exec(line)?.[1] ?? []);
    expect(outcomes).toEqual(['prepared', 'unchanged']);
    expect(lines.slice(-3)).toEqual(['Wo ist der Bahnhof?', '6', '1']);
  });

  it.runIf(canMount)('packs the graphs for a service that may not write the folder', async () => {
    expect(save().outcome).toBe('prepared');
    const readOnly = ['mount --bind "$0" "$0"', 'mount -o remount,ro,bind "$0"', 'exec "$@"'];
    const prefix = [...WITH_MOUNTS, 'sh', '-c', readOnly.join(' && '), model];
    const served = async (): Promise<{ engines: number; log: string }> => {
      const service = await RunningService.start({ MODEL_WEIGHTS: model }, { prefix });
      try {
        return { engines: await service.startedEngines(), log: service.log };
      } finally {
        await service.stop();
      }
    };
    const packed = await served();
    expect(packed.log).not.toMatch(/graphs (stay|packed)/);
    expect(packed.engines).toBe(Math.min(2, await availableCores()));

    // As on a node with another processor.
    const names = await readdir(model);
    const name = names.find((each) => each.startsWith('.packed-')) ?? '';
    await rename(join(model, name), join(model, '.packed-0123456789abcdef'));
    const foreign = await served();
    expect(foreign.log).toMatch(
      /"reason":"the file system is read-only","packedForOthers":1,"msg":"graphs stay unpacked/,
    );
    expect(foreign.engines).toBe(1);
  });

  it('packs nothing where a GPU is to serve', async () => {
    const { status, stdout } = spawnSync(process.execPath, [LAUNCHER, 'serve'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], SAVE_WEIGHTS: model, DEVICE: 'cuda' },
    });
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/"packed":false,.*"msg":"the model is saved"/),
    ]);
    expect(await readdir(model)).toHaveLength(6);
  });
});
