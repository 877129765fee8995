import { describe, expect, it } from 'vitest';
import { operandRounding } from './operand-rounding.js';

const int8 = operandRounding('int8');
/** Of a row and what is left of it, in steps of its scale. */
function steps(values: ArrayLike<number>, scale: number): number[] {
  return Array.from(values, (value) => Math.round((value / scale) * 1e6) / 1e6);
}

describe('operandRounding in int8', () => {
  it('leaves each row of an embedding 127 steps to either side of its own largest value', () => {
    const rows = int8.embedding(Float32Array.of(254, -1, 67, 0, 0, 0, -254, 0.9, 3.1), 3);
    expect([...rows.subarray(0, 3)]).toEqual([254, 0, 68]);
    expect([...rows.subarray(3)]).toEqual([0, 0, 0, -254, 0, 4]);
  });

  it('leaves each row of a weight 127 steps for its largest pair of neighbours', () => {
    const weight = int8.weight(Float32Array.of(200, -54, 67, 0, 0, 0, -1, 0.9, 254), 3);
    expect([...weight.subarray(0, 3)]).toEqual([200, -54, 68]);
    expect([...weight.subarray(3)]).toEqual([0, 0, 0, 0, 0, 254]);
  });

  it('leaves each row of activations as many, and twice as many where none is negative', () => {
    const rows = { values: Float64Array.of(-12.7, 0.06, 1, 0, 0, 0, 25.5, 0.04, 0.06), size: 3 };
    expect(steps(int8.rows(rows, false).values.subarray(0, 3), 0.1)).toEqual([-127, 1, 10]);
    expect(int8.rows(rows, false).values.subarray(3, 6)).toEqual(new Float64Array(3));
    expect(steps(int8.rows(rows, true).values.subarray(6), 0.1)).toEqual([255, 0, 1]);
  });
});

describe('operandRounding in fp32', () => {
  it('changes nothing', () => {
    const fp32 = operandRounding('fp32');
    const rows = { values: Float64Array.of(0.1, 0.2), size: 2 };
    expect(fp32.rows(rows, false)).toBe(rows);
    expect(fp32.weight(Float32Array.of(0.1), 1)).toEqual(Float32Array.of(0.1));
  });
});
