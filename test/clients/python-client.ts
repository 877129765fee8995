import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PACKAGES = ['deepl==1.32.0', 'libretranslatepy==2.1.1', 'translate==3.8.1'];
const ENVIRONMENT = join(tmpdir(), 'babelserve-test-python');

/** Why Python's clients cannot be tried on this machine; undefined where they can. */
export function pythonObstacle(): string | undefined {
  const { status } = spawnSync('python3', ['-c', 'import venv, ensurepip']);
  return status === 0 ? undefined : 'there is no python3 with venv and pip on the PATH';
}

/** Installs the clients into an environment of their own. */
export async function installClients(): Promise<void> {
  const run = promisify(execFile);
  if (!existsSync(join(ENVIRONMENT, 'bin/pip'))) await run('python3', ['-m', 'venv', ENVIRONMENT]);
  await run(join(ENVIRONMENT, 'bin/pip'), ['install', '--quiet', ...PACKAGES]);
}

/** Runs a script of this folder against a service, and resolves with what it printed. */
export async function runClient(script: string, url: string, key: string): Promise<unknown> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await promisify(execFile)(join(ENVIRONMENT, 'bin/python'), [path, url, key], {
    timeout: 120_000,
  });
  return JSON.parse(stdout);
}
