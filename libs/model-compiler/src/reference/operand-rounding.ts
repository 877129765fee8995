import type { Precision } from '#libs/prepared-model';
import { quantizeRows } from '../quantization.js';
import type { Matrix } from './plain-arithmetic.js';

/** What a precision does to the operands of a matrix product before it is computed. */
export interface OperandRounding {
  /** @param weight `[outputs, inputs]` or embedding rows; may be changed in place. */
  weight(weight: Float32Array, inputs: number): Float32Array;
  /** @param isRectified where no value is negative */
  rows(rows: Matrix, isRectified: boolean): Matrix;
}

const EXACT: OperandRounding = { weight: (weight) => weight, rows: (rows) => rows };

/** As `RowScaledArithmetic` has them: values that int8 codes and a scale for each row stand for. */
const ROW_SCALED: OperandRounding = { weight: roundWeight, rows: roundRows };

/** Levels of a row that has negative values, and of one that has none. */
const SIGNED_LEVELS = 127;
const RECTIFIED_LEVELS = 255;

export function operandRounding(precision: Precision): OperandRounding {
  return precision === 'fp32' ? EXACT : ROW_SCALED;
}

function roundWeight(weight: Float32Array, inputs: number): Float32Array {
  const codes = new Int8Array(inputs);
  const scales = new Float32Array(1);
  // Row by row: its codes are still in the cache.
  for (let begin = 0; begin < weight.length; begin += inputs) {
    const row = weight.subarray(begin, begin + inputs);
    quantizeRows(row, inputs, codes, scales);
    const scale = scales[0] ?? 0;
    for (let i = 0; i < inputs; i++) row[i] = (codes[i] ?? 0) * scale;
  }
  return weight;
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
