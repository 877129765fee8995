import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';

const CPU_INFO_FILE = '/proc/cpuinfo';

/** What this processor can do, one word each; where the system does not say, what it is called. */
export async function cpuFeatures(): Promise<readonly string[]> {
  const listed = parseFeatures(await readFile(CPU_INFO_FILE, 'utf8').catch(() => ''));
  return listed.length > 0 ? listed : [cpus()[0]?.model ?? ''];
}

/** Reads the first processor's features from Linux' `/proc/cpuinfo`: `flags` on x86, `Features` on Arm. */
export function parseFeatures(cpuInfo: string): readonly string[] {
  return /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuInfo)?.[1]?.trim().split(/\s+/) ?? [];
}
