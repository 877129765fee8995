import type { Precision } from '#libs/prepared-model';
import { quantizeRows, quantizeTransposed } from '../quantization.js';
import type { Matrix } from './plain-arithmetic.js';

/** What a precision does to embeddings, and to the operands of a matrix product before it is computed. */
export interface OperandRounding {
  /** @param rows `[tokens, size]`; may be changed in place. */
  embedding(rows: Float32Array, size: number): Float32Array;
  /** @param weight `[outputs, inputs]`; may be changed in place. */
  weight(weight: Float32Array, inputs: number): Float32Array;
  /** @param isRectified where no value is negative */
  rows(rows: Matrix, isRectified: boolean): Matrix;
}

const EXACT: OperandRounding = {
  embedding: (rows) => rows,
  weight: (weight) => weight,
  rows: (rows) => rows,
};

/** As `RowScaledArithmetic` has them: values that int8 codes and a scale for each row stand for. */
const ROW_SCALED: OperandRounding = {
  embedding: (rows, size) => roundEach(rows, size, quantizeRows),
  // Of one row the transpose is the row itself.
  weight: (weight, inputs) => roundEach(weight, inputs, quantizeTransposed),
  rows: roundRows,
};

/** Levels of a row that has negative values, and of one that has none. */
const SIGNED_LEVELS = 127;
const RECTIFIED_LEVELS = 255;

export function operandRounding(precision: Precision): OperandRounding {
  return precision === 'fp32' ? EXACT : ROW_SCALED;
}

function roundEach(rows: Float32Array, size: number, quantize: typeof quantizeRows): Float32Array {
  const codes = new Int8Array(size);
  const scales = new Float32Array(1);
  // Row by row: its codes are still in the cache.
  for (let begin = 0; begin < rows.length; begin += size) {
    const row = rows.subarray(begin, begin + size);
    quantize(row, size, codes, scales);
    const scale = scales[0] ?? 0;
    for (let i = 0; i < size; i++) row[i] = (codes[i] ?? 0) * scale;
  }
  return rows;
}

function roundRows({ values, size }: Matrix, isRectified: boolean): Matrix {
  const rounded = new Float64Array(values.length);
  for (let begin = 0; begin < values.length; begin += size) {
    const row = values.subarray(begin, begin + size);
    const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest === 0) continue;
    const scale = largest / (isRectified ? RECTIFIED_LEVELS : SIGNED_LEVELS);
    row.forEach((value, i) => {
      rounded[begin + i] = Math.round(value / scale) * scale;
    });
  }
  return { values: rounded, size };
}
