import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

const CGROUP_QUOTA_FILE = '/sys/fs/cgroup/cpu.max';

/**
 * Cores that this process may use: those it may be scheduled on, cut to the container's quota, at least one.
 * Onnxruntime looks at neither.
 */
export async function availableCores(): Promise<number> {
  const scheduled = availableParallelism();
  const quota = parseQuota(await readFile(CGROUP_QUOTA_FILE, 'utf8').catch(() => ''));
  return Math.max(1, Math.floor(Math.min(scheduled, quota ?? scheduled)));
}

/** Reads cgroup v2's `cpu.max`: quota and period in microseconds, or `max` for none. */
export function parseQuota(text: string): number | undefined {
  const match = /^(\d+) (\d+)\s*$/.exec(text);
  if (match === null) return undefined;
  const cores = Number(match[1]) / Number(match[2]);
  return cores > 0 && Number.isFinite(cores) ? cores : undefined;
}
