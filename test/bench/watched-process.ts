import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { assertInvariant } from '#libs/domain';
import { readMemoryMiB } from './process-memory.js';

const LAUNCHER = fileURLToPath(new URL('../../apps/cli/bin/babelserve.mjs', import.meta.url));
const SAMPLE_INTERVAL_MS = 20;

/** What a command took. */
export interface CommandCost {
  readonly seconds: number;
  /** The most resident memory that it had, with the processes that it started. */
  readonly peakMiB: number;
}

/** Runs a command of babelserve to its end. */
export async function measureCommand(args: readonly string[]): Promise<CommandCost> {
  const startedAtMs = performance.now();
  const child = spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['ignore', 2, 2] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const { pid } = child;
  assertInvariant(pid !== undefined, 'the command did not start');
  let peakMiB = 0;
  while (child.exitCode === null && child.signalCode === null) {
    // A process that has just ended has no memory to read of.
    peakMiB = Math.max(peakMiB, await readPeakMiB(pid).catch(() => 0));
    await delay(SAMPLE_INTERVAL_MS);
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`babelserve ${args.join(' ')} ended with ${code}`);
  return { seconds: (performance.now() - startedAtMs) / 1000, peakMiB };
}

/** Peaks of a process and of the processes that it has started. */
export async function readPeaksMiB(
  processId: number,
): Promise<{ readonly own: number; readonly children: number }> {
  const own = await readMemoryMiB(processId, 'VmHWM');
  const peaks = (await childrenOf(processId)).map((child) => readMemoryMiB(child, 'VmHWM'));
  return { own, children: (await Promise.all(peaks)).reduce((sum, peak) => sum + peak, 0) };
}

/** The highest of what a process ever had, and what it has now beside the peaks of those that it has started. */
async function readPeakMiB(processId: number): Promise<number> {
  const [{ own, children }, now] = await Promise.all([
    readPeaksMiB(processId),
    readMemoryMiB(processId, 'VmRSS'),
  ]);
  return Math.max(own, now + children);
}

async function childrenOf(processId: number): Promise<number[]> {
  const threads = await readdir(`/proc/${processId}/task`);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${processId}/task/${thread}/children`, 'utf8')),
  );
  return lists.flatMap((list) =>
    list
      .split(' ')
      .filter((id) => id !== '')
      .map(Number),
  );
}
