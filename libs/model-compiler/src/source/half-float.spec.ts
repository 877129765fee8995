import { describe, expect, it } from 'vitest';
import { widenBfloat16, widenFloat16 } from './half-float.js';

/** IEEE 754-2008, 3.4: from the fields of the format. */
function decode(bits: number, exponentBits: number, mantissaBits: number): number {
  const exponent = (bits >> mantissaBits) & ((1 << exponentBits) - 1);
  const mantissa = bits & ((1 << mantissaBits) - 1);
  const sign = bits & 0x8000 ? -1 : 1;
  const bias = (1 << (exponentBits - 1)) - 1;
  if (exponent === (1 << exponentBits) - 1) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias - mantissaBits);
  return sign * (1 + mantissa * 2 ** -mantissaBits) * 2 ** (exponent - bias);
}

const ALL_BITS = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

describe('widening', () => {
  it('decodes every float16', () => {
    const values = new Float32Array(65_536);
    widenFloat16(ALL_BITS, values);
    for (const [bits, value] of values.entries())
      if (!Object.is(value, decode(bits, 5, 10)))
        expect.fail(`${bits} is ${value}, not ${decode(bits, 5, 10)}`);
  });

  it('decodes every bfloat16', () => {
    const values = new Float32Array(65_536);
    widenBfloat16(ALL_BITS, values);
    for (const [bits, value] of values.entries())
      if (!Object.is(value, decode(bits, 8, 7)))
        expect.fail(`${bits} is ${value}, not ${decode(bits, 8, 7)}`);
  });

  it('writes to the place that it is given', () => {
    const values = new Float32Array(4);
    widenFloat16(Uint16Array.of(0x3c00, 0xc000), values.subarray(1));
    expect([...values]).toEqual([0, 1, -2, 0]);
  });
});
