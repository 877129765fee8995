import { describe, expect, it } from 'vitest';
import { hasVnni, multipliesExactly } from './integer-products.js';

describe('hasVnni', () => {
  it.each([
    [['fpu', 'sse2', 'avx512_vnni', 'avx512_bitalg'], true],
    [['fpu', 'avx2', 'avx_vnni'], true],
    [['fpu', 'sse2', 'avx2', 'avx512f'], false],
    [['AMD EPYC avx_vnni'], false],
    [[], false],
  ])('takes %j for %s', (features, expected) => {
    expect(hasVnni(features)).toBe(expected);
  });
});

describe('multipliesExactly', () => {
  it('has no doubt outside x86-64', async () => {
    expect(await multipliesExactly('arm64')).toBe(true);
  });
});
