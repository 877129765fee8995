import { cpuFeatures } from './cpu-features.js';

/**
 * Whether this processor multiplies uint8 by int8 without overflow. On x86-64 without VNNI onnxruntime adds
 * two products in 16 bits, which saturate: results are off, though the same every time. A processor that
 * does not say counts as one that overflows: then products are only slower.
 */
export async function multipliesExactly(architecture: string = process.arch): Promise<boolean> {
  return architecture !== 'x64' || hasVnni(await cpuFeatures());
}

export function hasVnni(features: readonly string[]): boolean {
  return features.includes('avx512_vnni') || features.includes('avx_vnni');
}
