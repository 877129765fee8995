import { describe, expect, it } from 'vitest';
import { formatByteSize, parseByteSize } from './byte-size.js';

describe('byte sizes', () => {
  it.each([
    ['2097152', 2_097_152],
    ['2MiB', 2_097_152],
    ['2 mib', 2_097_152],
    ['500kb', 500_000],
    ['500kB', 500_000],
    ['1.5KiB', 1536],
    ['1GiB', 1_073_741_824],
    ['0', 0],
  ])('reads %s', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  it.each(['', '-1', '1e6', '2M', '2 M iB', '0x10', 'MiB', '1.5.5kb', '2MiBs', '٢'])(
    'refuses %j',
    (text) => {
      expect(parseByteSize(text)).toBeUndefined();
    },
  );

  it('writes whole binary units, else bytes', () => {
    expect([1, 1024, 1500, 2_097_152].map(formatByteSize)).toEqual([
      '1 B',
      '1 KiB',
      '1500 B',
      '2 MiB',
    ]);
  });
});
