import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../apps/cli/bin/babelserve.mjs', import.meta.url));
/** Writes the peak of the process's own resident memory, in KiB, to file descriptor 3 as it ends. */
const REPORT_PEAK =
  'data:text/javascript,import{writeSync}from"node:fs";' +
  'process.on("exit",()=>writeSync(3,String(process.resourceUsage().maxRSS)))';

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** Lines on standard error. */
  readonly errorLines: readonly string[];
  /** Peak of resident memory. */
  readonly peakMiB: number;
}

/** Runs `babelserve` with the arguments to its end, as a user does. */
export function runCommand(...args: string[]): Promise<CommandResult> {
  return runCommandWith({}, ...args);
}

/** As `runCommand`, with settings. */
export async function runCommandWith(
  env: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<CommandResult> {
  const child = spawn(process.execPath, ['--import', REPORT_PEAK, LAUNCHER, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [, out, error, peak] = child.stdio;
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, errors, peakKib, [exitCode]] = await Promise.all([
    text(out!),
    text(error!),
    text(peak as NodeJS.ReadableStream),
    ended,
  ]);
  const errorLines = errors.split('\n').filter((line) => line !== '');
  return { exitCode, stdout, errorLines, peakMiB: Number(peakKib) / 1024 };
}
