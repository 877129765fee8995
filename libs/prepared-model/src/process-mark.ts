import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { fileFaultCode } from './file-fault.js';

/** Tells a process from all others that may use the same file system. */
export interface ProcessMark {
  /** Letters, digits and hyphens alone. */
  readonly host: string;
  readonly processId: number;
  /** Lower-case hexadecimal; another one for an earlier process of the same id, which is the rule in containers. */
  readonly start: string;
}

const HOST = hostname().replace(/[^A-Za-z0-9]/g, '-');
/** Where the system does not say when a process started. */
const RANDOM_START = randomBytes(6).toString('hex');

export async function ownMark(): Promise<ProcessMark> {
  const { start = RANDOM_START } = await readProcess(process.pid);
  return { host: HOST, processId: process.pid, start };
}

/** Whether the process runs; undefined where it is one of another machine. */
export async function isAlive(mark: ProcessMark): Promise<boolean | undefined> {
  const { host, processId, start } = await ownMark();
  if (mark.host !== host) return undefined;
  if (mark.processId === processId) return mark.start === start;
  if (!hasProcess(mark.processId)) return false;
  const found = await readProcess(mark.processId);
  return !found.hasEnded && (found.start ?? mark.start) === mark.start;
}

function hasProcess(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, for somebody else.
    return fileFaultCode(error) === 'EPERM';
  }
}

/** Source: proc(5), `/proc/PID/stat`: field 3 is the state, field 22 the start in ticks since the boot. */
async function readProcess(processId: number): Promise<{ start?: string; hasEnded: boolean }> {
  const stat = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return { hasEnded: false };
  // The second field, the program's name, may hold anything, in brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0] ?? '';
  // A killed process whose parent has not asked after it is still in the table.
  return { start: Number(fields[19]).toString(16), hasEnded: 'ZX'.includes(state) };
}
