import { readFile } from 'node:fs/promises';
import { assertInvariant } from '#libs/domain';

/** Adding up the pages of a process that has gigabytes takes milliseconds. */
const SAMPLE_INTERVAL_MS = 100;

/** Lines of Linux' `/proc/PID/status`, in KiB: resident memory, and its peak so far. */
export type MemoryField = 'VmRSS' | 'VmHWM';

/** Memory of a group of processes: a page that several of them have counts once. */
export interface GroupMemoryMiB {
  readonly resident: number;
  /** How much of it is no file. */
  readonly anonymous: number;
}

export async function readMemoryMiB(processId: number, field: MemoryField): Promise<number> {
  return readKib(`/proc/${processId}/status`, field);
}

/** The sum of their peaks so far: pages that several of them have count in each. */
export async function sumOfPeaksMiB(processIds: readonly number[]): Promise<number> {
  const peaks = await Promise.all(processIds.map((id) => readMemoryMiB(id, 'VmHWM')));
  return sum(peaks);
}

/** The most of each that the processes had, looked at ten times a second while `work` ran. */
export async function highestMemoryMiB(
  processIds: readonly number[],
  work: () => Promise<unknown>,
): Promise<GroupMemoryMiB> {
  const samples: Promise<GroupMemoryMiB>[] = [];
  const timer = setInterval(() => samples.push(readGroupMiB(processIds)), SAMPLE_INTERVAL_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  const seen = await Promise.all([...samples, readGroupMiB(processIds)]);
  return {
    resident: Math.max(...seen.map(({ resident }) => resident)),
    anonymous: Math.max(...seen.map(({ anonymous }) => anonymous)),
  };
}

/** By proportional set sizes, `Pss` of `/proc/PID/smaps_rollup`: each process has its part of a shared page. */
async function readGroupMiB(processIds: readonly number[]): Promise<GroupMemoryMiB> {
  const read = (field: string): Promise<number[]> =>
    Promise.all(processIds.map((id) => readKib(`/proc/${id}/smaps_rollup`, field)));
  return { resident: sum(await read('Pss')), anonymous: sum(await read('Pss_Anon')) };
}

async function readKib(path: string, field: string): Promise<number> {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(await readFile(path, 'utf8'))?.[1];
  assertInvariant(kib !== undefined, `${path} has no ${field}`);
  return Number(kib) / 1024;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
