import { describe, expect, it } from 'vitest';
import { listsVnni, multipliesExactly } from './integer-products.js';

describe('listsVnni', () => {
  it.each([
    ['processor\t: 0\nflags\t\t: fpu sse2 avx512_vnni avx512_bitalg\nbugs\t\t:\n', true],
    ['flags\t\t: fpu avx2 avx_vnni\n', true],
    ['flags\t\t: fpu sse2 avx2 avx512f\n', false],
    ['model name\t: avx_vnni in a name\n', false],
    ['', false],
  ])('reads %j as %s', (cpuInfo, expected) => {
    expect(listsVnni(cpuInfo)).toBe(expected);
  });
});

describe('multipliesExactly', () => {
  it('has no doubt outside x86-64', async () => {
    expect(await multipliesExactly('arm64')).toBe(true);
  });
});
