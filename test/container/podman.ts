import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
/** Images and containers of the checks, kept from run to run, apart from the machine's own. */
const STORES = process.env['STORES'] ?? join(tmpdir(), 'babelserve-containers');
const TOOLS = ['buildah', 'podman', 'mmdebstrap', 'runc'];

/** What keeps containers from being built and run here; undefined where nothing does. */
export function whyNoContainers(): string | undefined {
  if (process.platform !== 'linux') return 'they want Linux';
  if (process.getuid?.() !== 0) return 'they want root';
  const missing = TOOLS.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a shell command with the stores of the checks. */
export async function shell(command: string): Promise<Ended> {
  const child = start(command);
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    ended,
  ]);
  return { exitCode, stdout, stderr };
}

/** As `shell`; throws where it fails. */
export async function succeed(command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await shell(command);
  if (exitCode !== 0)
    throw new Error(`${command}: exit code ${String(exitCode)}\n${stdout}${stderr}`);
  return stdout.trim();
}

function start(command: string): ChildProcess {
  return spawn('sh', ['-ec', `. ${folder}stores.sh\n${command}`], {
    env: { ...process.env, STORES },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Until a route answers with the status; rejects after half a minute. */
export async function untilAnswers(url: string, status: number): Promise<void> {
  const giveUpAtMs = performance.now() + 30_000;
  while (performance.now() < giveUpAtMs) {
    const answered = await fetch(url).then(
      (response) => response.status,
      () => undefined,
    );
    if (answered === status) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} did not answer with ${status}`);
}
