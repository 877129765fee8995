import { readFile } from 'node:fs/promises';
import { assertInvariant } from '#libs/domain';

const SAMPLE_INTERVAL_MS = 20;

/** Lines of Linux' `/proc/PID/status`, in KiB: resident memory, its part that is no file, its peak so far. */
export type MemoryField = 'VmRSS' | 'RssAnon' | 'VmHWM';

export async function readMemoryMiB(processId: number, field: MemoryField): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8');
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  assertInvariant(kib !== undefined, `/proc/${processId}/status has no ${field}`);
  return Number(kib) / 1024;
}

/** The most of each that a process had, looked at every 20 ms while `work` ran. */
export async function highestMemoryMiB(
  processId: number,
  work: () => Promise<unknown>,
): Promise<{ resident: number; anonymous: number }> {
  const highest = { resident: 0, anonymous: 0 };
  const sample = async (): Promise<void> => {
    highest.resident = Math.max(highest.resident, await readMemoryMiB(processId, 'VmRSS'));
    highest.anonymous = Math.max(highest.anonymous, await readMemoryMiB(processId, 'RssAnon'));
  };
  const samples: Promise<void>[] = [];
  const timer = setInterval(() => samples.push(sample()), SAMPLE_INTERVAL_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  await Promise.all([...samples, sample()]);
  return highest;
}
