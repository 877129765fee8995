import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantizeRows, quantizeTransposed } from './quantization.js';

const matrices = fc
  .record({ rows: fc.integer({ min: 1, max: 70 }), columns: fc.integer({ min: 1, max: 9 }) })
  .chain(({ rows, columns }) =>
    fc.record({
      columns: fc.constant(columns),
      values: fc
        .array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), {
          minLength: rows * columns,
          maxLength: rows * columns,
        })
        .map((numbers) => Float32Array.from(numbers)),
    }),
  );

/** `values` may go on after those of the codes. */
function expectNearest(codes: ArrayLike<number>, scale: number, values: Float32Array): void {
  Array.from(codes, (code, i) => {
    const error = Math.abs(code * scale - values[i]!);
    expect(error).toBeLessThanOrEqual(scale === 0 ? 1e-30 : scale * 0.5001);
  });
}

describe('quantizeRows', () => {
  it('is off by half a step at most, and reaches the whole range', () => {
    fc.assert(
      fc.property(matrices, ({ values, columns }) => {
        const rows = values.length / columns;
        const codes = new Int8Array(values.length);
        const scales = new Float32Array(rows);
        quantizeRows(values, columns, codes, scales);
        for (let row = 0; row < rows; row++) {
          const scale = scales[row]!;
          const rowCodes = codes.subarray(row * columns, (row + 1) * columns);
          const largest = Math.max(...rowCodes.map(Math.abs));
          expect(largest).toBe(scale === 0 ? 0 : 127);
          expectNearest(rowCodes, scale, values.subarray(row * columns));
        }
      }),
    );
  });

  it('rounds these by hand', () => {
    const codes = new Int8Array(8);
    const scales = new Float32Array(2);
    quantizeRows(Float32Array.of(127, -63.6, 0.4, -0.6, 0, 0, 0, 0), 4, codes, scales);
    expect([...scales]).toEqual([1, 0]);
    expect([...codes]).toEqual([127, -64, 0, -1, 0, 0, 0, 0]);
  });

  it('takes values too small for a scale as zeros', () => {
    const codes = new Int8Array(2);
    const scales = new Float32Array(1);
    quantizeRows(Float32Array.of(2 ** -149, -(2 ** -126)), 2, codes, scales);
    expect([...codes, ...scales]).toEqual([0, 0, 0]);
  });
});

describe('quantizeTransposed', () => {
  it('is off by half a step at most, and no two neighbours come to more than 128', () => {
    fc.assert(
      fc.property(matrices, fc.nat(), ({ values, columns }, cut) => {
        const rows = values.length / columns;
        const codes = new Int8Array(values.length);
        const scales = new Float32Array(rows);
        // Block by block, as weights are read.
        const firstRows = cut % (rows + 1);
        const head = values.subarray(0, firstRows * columns);
        const tail = values.subarray(firstRows * columns);
        quantizeTransposed(head, columns, codes, scales);
        quantizeTransposed(tail, columns, codes, scales, firstRows);
        for (let row = 0; row < rows; row++) {
          const scale = scales[row]!;
          const column = Array.from({ length: columns }, (_, i) => codes[i * rows + row]!);
          const pairs = column.map((code, i) =>
            i % 2 === 0 ? Math.abs(code) + Math.abs(column[i + 1] ?? 0) : 0,
          );
          const largest = Math.max(...pairs);
          expect(largest).toBeLessThanOrEqual(128);
          expect(largest).toBeGreaterThanOrEqual(scale === 0 ? 0 : 126);
          expectNearest(column, scale, values.subarray(row * columns));
        }
      }),
    );
  });

  it('rounds these by hand', () => {
    const codes = new Int8Array(6);
    const scales = new Float32Array(2);
    quantizeTransposed(Float32Array.of(63.5, -63.5, 100, 0, 0, 0), 3, codes, scales);
    expect([...scales]).toEqual([1, 0]);
    expect([...codes]).toEqual([64, 0, -63, 0, 100, 0]);
  });
});
