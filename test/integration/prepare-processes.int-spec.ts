import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readManifest, verifyFiles } from '#libs/prepared-model';

const root = fileURLToPath(new URL('../../', import.meta.url));
const DEMO = join(root, 'models/demo');

/** Prints `ready`, waits for a line, prepares the demo model into the cache and prints its folder or the error. */
const SCRIPT = `
  import { once } from 'node:events';
  import { ensurePrepared } from '#libs/model-compiler';
  const [source, cacheFolder] = process.argv.slice(1);
  process.stdout.write('ready\\n');
  await once(process.stdin, 'data');
  process.stdin.destroy();
  try {
    process.stdout.write(await ensurePrepared({ source, cacheFolder, precision: 'int8' }));
  } catch (error) {
    process.stdout.write(error.name + ': ' + error.message);
  }`;

let cacheFolder: string;
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'prepare-processes-'));
});
afterEach(() => rm(cacheFolder, { recursive: true }));

/** Starts a process and waits until it is ready to prepare. */
async function start(prefix: readonly string[] = []): Promise<ChildProcess> {
  const node = [process.execPath, '--input-type=module', '-e', SCRIPT, DEMO, cacheFolder];
  const [command = '', ...args] = [...prefix, ...node];
  const child = spawn(command, args, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

/** Lets the process prepare, and gives back what it says. */
async function prepare(child: ChildProcess): Promise<string> {
  child.stdin!.write('go\n');
  return text(child.stdout!);
}

describe('ensurePrepared in several processes', () => {
  it('gives all that start at once the same whole folder', async () => {
    const children = await Promise.all([start(), start(), start()]);
    const folders = await Promise.all(children.map(prepare));
    expect(new Set(folders).size).toBe(1);
    const [folder = ''] = folders;
    expect(await verifyFiles(folder, await readManifest(folder))).toEqual([]);
    expect(await readdir(cacheFolder)).toHaveLength(1);
  });

  it('clears away what a killed process left', async () => {
    const killed = await start();
    killed.stdin!.write('go\n');
    while ((await readdir(cacheFolder)).length === 0) await new Promise(setImmediate);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(await readdir(cacheFolder)).toEqual([expect.stringMatching(/\.partial$/)]);

    const folder = await prepare(await start());
    expect(await readdir(cacheFolder)).toEqual([folder.slice(cacheFolder.length + 1)]);
  });

  it('says that a file would grow too large, and leaves nothing behind', async () => {
    // As on a full disk, the write fails; 2 MiB hold no weights. Without the trap the signal would end node.
    const limited = ['bash', '-c', 'trap "" XFSZ; ulimit -f 2048; exec "$@"', 'bash'];
    const said = await prepare(await start(limited));
    expect(said).toMatch(
      /^OperatorError: .*models\/demo could not be prepared into .*: the file would/,
    );
    expect(await readdir(cacheFolder)).toEqual([]);
  });
});
