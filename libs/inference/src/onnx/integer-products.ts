import { readFile } from 'node:fs/promises';

const CPU_INFO_FILE = '/proc/cpuinfo';

/**
 * Whether this processor multiplies uint8 by int8 without overflow. On x86-64 without VNNI onnxruntime adds
 * two products in 16 bits, which saturate: results are off, though the same every time. A processor that
 * does not say counts as one that overflows: then products are only slower.
 */
export async function multipliesExactly(architecture: string = process.arch): Promise<boolean> {
  if (architecture !== 'x64') return true;
  return listsVnni(await readFile(CPU_INFO_FILE, 'utf8').catch(() => ''));
}

/** Reads the first `flags` line of Linux' `/proc/cpuinfo`. */
export function listsVnni(cpuInfo: string): boolean {
  const flags = /^flags\s*:(.*)$/m.exec(cpuInfo)?.[1]?.split(' ') ?? [];
  return flags.includes('avx512_vnni') || flags.includes('avx_vnni');
}
