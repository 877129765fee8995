import { describe, expect, it } from 'vitest';
import { cpuFeatures, parseFeatures } from './cpu-features.js';

describe('parseFeatures', () => {
  it.each([
    [
      'processor\t: 0\nflags\t\t: fpu sse2 avx512_vnni\nbugs\t\t:\n',
      ['fpu', 'sse2', 'avx512_vnni'],
    ],
    ['processor\t: 0\nFeatures\t: fp asimd asimddp\n', ['fp', 'asimd', 'asimddp']],
    ['flags\t: one\n\nprocessor\t: 1\nflags\t: two\n', ['one']],
    ['model name\t: flags of a name\n', []],
    ['', []],
  ])('finds in %j: %j', (cpuInfo, expected) => {
    expect(parseFeatures(cpuInfo)).toEqual(expected);
  });
});

describe('cpuFeatures', () => {
  it('has something to say of every machine', async () => {
    expect((await cpuFeatures()).join('')).not.toBe('');
  });
});
