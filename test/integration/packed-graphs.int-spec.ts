import { cp, mkdtemp, readdir, rm, stat, truncate, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { packGraphs } from '#libs/inference';
import { prepareModel } from '#libs/model-compiler';
import { PREPARED_FILES } from '#libs/prepared-model';
import { canMount, WITH_MOUNTS } from '../support/mounts.js';
import { CHECKPOINTS, preparedModel } from '../support/prepared-models.js';

const SILENT = { info: () => undefined, error: () => undefined };

describe('packed graphs', () => {
  let work: string;
  let model: string;
  beforeEach(async () => {
    work = await mkdtemp(join(tmpdir(), 'babelserve-packed-'));
    model = join(work, 'model');
    await cp(await preparedModel('tiny', 'int8'), model, {
      recursive: true,
      filter: (path) => !basename(path).startsWith('.'),
    });
  });
  afterEach(() => rm(work, { recursive: true }));

  async function hiddenNames(): Promise<string[]> {
    return (await readdir(model)).filter((name) => name.startsWith('.'));
  }

  it('are made once, and found again', async () => {
    const folder = (await packGraphs(model, SILENT))!;
    expect((await readdir(folder)).sort()).toEqual([
      'decoder.data',
      'decoder.onnx',
      'encoder.data',
      'encoder.onnx',
      'sizes.json',
    ]);
    const { ctimeMs } = await stat(folder);
    expect(await packGraphs(model, SILENT)).toBe(folder);
    expect((await stat(folder)).ctimeMs).toBe(ctimeMs);
    expect(await hiddenNames()).toEqual([basename(folder)]);
  });

  it('are made by one of several that want them at once', async () => {
    let packings = 0;
    const log = {
      ...SILENT,
      info: (_fields: unknown, message: string) => {
        if (message.startsWith('graphs packed')) packings++;
      },
    };
    const folders = await Promise.all([1, 2, 3].map(() => packGraphs(model, log)));
    expect(new Set(folders).size).toBe(1);
    expect(packings).toBe(1);
    expect(await hiddenNames()).toEqual([basename(folders[0]!)]);
  });

  it('are made anew where a file was cut', async () => {
    const folder = (await packGraphs(model, SILENT))!;
    const file = join(folder, 'decoder.data');
    const { size } = await stat(file);
    await truncate(file, size - 1);
    expect(await packGraphs(model, SILENT)).toBe(folder);
    expect((await stat(file)).size).toBe(size);
  });

  it('are found in a copy that keeps times to the second, as layers of images do', async () => {
    const folder = (await packGraphs(model, SILENT))!;
    const copy = join(work, 'copy');
    await cp(model, copy, { recursive: true });
    for (const name of await readdir(model)) {
      const seconds = Math.floor((await stat(join(model, name))).mtimeMs / 1000);
      await utimes(join(copy, name), seconds, seconds);
    }
    expect(await packGraphs(copy, SILENT)).toBe(join(copy, basename(folder)));
    expect((await readdir(copy)).filter((name) => name.startsWith('.'))).toHaveLength(1);
  });

  it('go when another model takes the place of theirs', async () => {
    await packGraphs(model, SILENT);
    await prepareModel({ source: CHECKPOINTS.tiny, output: model, precision: 'fp32' });
    expect(await hiddenNames()).toEqual([]);
  });

  it('are not made of fp32, which would take gigabytes', async () => {
    await prepareModel({ source: CHECKPOINTS.tiny, output: model, precision: 'fp32' });
    expect(await packGraphs(model, SILENT)).toBeUndefined();
    expect(await hiddenNames()).toEqual([]);
  });

  it('end early where they are no longer wanted, and leave nothing behind', async () => {
    const controller = new AbortController();
    const packing = packGraphs(model, SILENT, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(packing).rejects.toThrow('enough');
    expect(await hiddenNames()).toEqual([]);
  });

  it('need a prepared model', async () => {
    await expect(packGraphs(work, SILENT)).rejects.toThrow(OperatorError);
  });

  it.runIf(canMount).each([
    [
      'cannot be written',
      'mount --bind "$0" "$0"; mount -o remount,ro,bind "$0"',
      'the file system is read-only',
    ],
    [
      'has no room for them',
      'cp -r "$0" "$0.copy"; mount -t tmpfs -o size=1m none "$0"; cp "$0.copy"/* "$0"',
      /^they take some 1 MB, and the disk has room for 0 MB$/,
    ],
  ])('are done without where the folder %s', (_, mount, expected) => {
    const entry = new URL('../../dist/libs/inference/src/index.js', import.meta.url).href;
    const program = `
      const { packGraphs } = await import('${entry}');
      const { readdir } = await import('node:fs/promises');
      const log = { info: (fields, message) => console.log(JSON.stringify({ ...fields, message })) };
      const folder = await packGraphs('${model}', log);
      console.log(JSON.stringify({ folder, names: await readdir('${model}') }));`;
    const script = `set -e; ${mount}; exec "$@"`;
    const node = [process.execPath, '--input-type=module', '-e', program];
    const [command, ...args] = [...WITH_MOUNTS, 'sh', '-c', script, model, ...node];
    const { stdout } = spawnSync(command, args, { encoding: 'utf8' });
    const [line, result] = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as object);
    expect(line).toEqual({
      preparedFolder: model,
      reason: expect.stringMatching(expected) as string,
      packedForOthers: 0,
      message: 'graphs stay unpacked: engines share no weights',
    });
    expect(result).toEqual({ names: Object.values(PREPARED_FILES).sort() });
  });
});
