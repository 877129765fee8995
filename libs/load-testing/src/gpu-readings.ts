import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const QUERY = ['--query-gpu=utilization.gpu,memory.used', '--format=csv,noheader,nounits'];
const TIMEOUT_MS = 5000;

export interface GpuReading {
  /** Part of the time in which a kernel ran. */
  readonly utilizationPercent: number;
  readonly usedBytes: number;
}

/** Every GPU of this machine, in nvidia-smi's order; none where there is no nvidia-smi or it fails. */
export async function readGpus(): Promise<GpuReading[]> {
  const output = await run('nvidia-smi', QUERY, { timeout: TIMEOUT_MS }).catch(() => undefined);
  return parseGpus(output?.stdout ?? '');
}

export function parseGpus(csv: string): GpuReading[] {
  return csv
    .split('\n')
    .map((line) => line.split(',').map(Number))
    .filter((cells) => cells.length === 2 && cells.every(Number.isFinite))
    .map(([percent = 0, mebibytes = 0]) => ({
      utilizationPercent: percent,
      usedBytes: mebibytes * 2 ** 20,
    }));
}
