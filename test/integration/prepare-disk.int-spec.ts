import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareModel } from '#libs/model-compiler';
import { canMount, WITH_MOUNTS } from '../support/mounts.js';
import { PrepareProcess } from '../support/prepare-process.js';
import { CHECKPOINTS } from '../support/prepared-models.js';

const source = CHECKPOINTS.demo;

let work: string;
let output: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'prepare-disk-'));
  output = join(work, 'prepared');
});
afterEach(() => rm(work, { recursive: true }));

/** Prepares behind a command; gives back what the process says. */
async function prepareBehind(prefix: readonly string[]): Promise<string> {
  const order = { into: 'folder', source, output, precision: 'int8' } as const;
  const started = await PrepareProcess.start(order, prefix);
  return started.prepare();
}

describe('a disk without room', () => {
  it('is named, where files may not grow, and nothing is left behind', async () => {
    // As on a full disk, the write fails; 2 MiB hold no weights. Without the trap the signal would end node.
    const limited = ['bash', '-c', 'trap "" XFSZ; ulimit -f 2048; exec "$@"', 'bash'];
    expect(await prepareBehind(limited)).toMatch(
      /^OperatorError: .*models\/demo could not be prepared into .*: the file would/,
    );
    expect(await readdir(work)).toEqual([]);
    expect((await prepareModel({ source, output, precision: 'int8' })).outcome).toBe('prepared');
  });

  it.runIf(canMount)('is named, where it is full, and the next try succeeds', () => {
    const script = `
      mount -t tmpfs -o size=4m none "$0"
      "$@"
      echo; ls -A "$0"
      mount -o remount,size=40m "$0"
      exec "$@"`;
    const order = JSON.stringify({ source, output, precision: 'int8' });
    const code = `
      import { prepareModel } from '#libs/model-compiler';
      await prepareModel(JSON.parse(process.argv[1])).then(
        ({ outcome }) => console.log(outcome),
        (error) => console.log(error.name + ': ' + error.message));`;
    const node = [process.execPath, '--input-type=module', '-e', code, order];
    const [command, ...args] = [...WITH_MOUNTS, 'bash', '-c', script, work, ...node];
    const { stdout } = spawnSync(command, args, { encoding: 'utf8' });
    const [first, blank, second] = stdout.split('\n');
    expect(first).toMatch(/^OperatorError: .* could not be prepared into .*: the disk is full\./);
    expect([blank, second]).toEqual(['', 'prepared']);
  });
});

describe('an output whose parent is read-only', () => {
  const isRoot = process.getuid?.() === 0;

  it.skipIf(isRoot)('is filled where it exists, and named where it does not', async () => {
    await mkdir(output);
    await chmod(work, 0o555);
    try {
      const { outcome } = await prepareModel({ source, output, precision: 'int8' });
      expect(outcome).toBe('prepared');
      const other = join(work, 'other');
      await expect(prepareModel({ source, output: other, precision: 'int8' })).rejects.toThrow(
        /could not be prepared into .*other: permission denied/,
      );
    } finally {
      await chmod(work, 0o755);
    }
  });

  it.runIf(canMount)(
    'is filled where it is a mount point, and named where it is missing',
    async () => {
      await mkdir(output);
      // The root of a container is read-only; a volume is not.
      const script = `
      mount --bind "$0" "$0"; mount -t tmpfs none "$0/prepared"; mount -o remount,bind,ro "$0"
      exec "$@"`;
      const readOnly = [...WITH_MOUNTS, 'bash', '-c', script, work];
      expect(await prepareBehind(readOnly)).toBe('prepared');
      output = join(work, 'missing');
      expect(await prepareBehind(readOnly)).toMatch(
        /could not be prepared into .*missing: the file system is read-only\. Nothing was left behind/,
      );
    },
  );
});
