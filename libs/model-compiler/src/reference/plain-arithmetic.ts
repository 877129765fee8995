/** Rows side by side: `[rows, size]`, row-major. In float64, so that what differs is not the yardstick's rounding. */
export interface Matrix {
  readonly values: Float64Array;
  readonly size: number;
}

const LAYER_NORM_EPSILON = 1e-5;

/** rows · weightᵀ + bias, the weight `[bias, rows' size]`. */
export function product(rows: Matrix, weight: Float32Array, bias: Float32Array): Matrix {
  const outputs = bias.length;
  const count = rows.values.length / rows.size;
  const values = new Float64Array(count * outputs);
  // A weight's row is read once and meets all rows while it is in the cache.
  for (let first = 0; first < outputs; first += OUTPUTS_TOGETHER)
    for (let row = 0; row < count; row++) {
      const dots = fourDots(rows, row, weight, first);
      for (let i = 0; i < OUTPUTS_TOGETHER && first + i < outputs; i++)
        values[row * outputs + first + i] = (bias[first + i] ?? 0) + (dots[i] ?? 0);
    }
  return { values, size: outputs };
}

/** A sum waits for its last addition; four of them wait side by side. */
const OUTPUTS_TOGETHER = 4;

/** A row times four rows of the weight. Rows behind its end count as zeros. */
function fourDots(
  { values, size }: Matrix,
  row: number,
  weight: Float32Array,
  first: number,
): readonly number[] {
  let [dot0, dot1, dot2, dot3] = [0, 0, 0, 0];
  const [at1, at2, at3] = [(first + 1) * size, (first + 2) * size, (first + 3) * size];
  for (let i = 0, at0 = first * size, at = row * size; i < size; i++) {
    const value = values[at + i] ?? 0;
    dot0 += value * (weight[at0 + i] ?? 0);
    dot1 += value * (weight[at1 + i] ?? 0);
    dot2 += value * (weight[at2 + i] ?? 0);
    dot3 += value * (weight[at3 + i] ?? 0);
  }
  return [dot0, dot1, dot2, dot3];
}

export function sum(left: Matrix, right: Matrix): Matrix {
  const values = left.values.map((value, i) => value + (right.values[i] ?? 0));
  return { values, size: left.size };
}

export function layerNorm(rows: Matrix, weight: Float32Array, bias: Float32Array): Matrix {
  const { size } = rows;
  const values = new Float64Array(rows.values.length);
  for (let begin = 0; begin < values.length; begin += size) {
    const row = rows.values.subarray(begin, begin + size);
    const mean = row.reduce((total, value) => total + value, 0) / size;
    const variance = row.reduce((total, value) => total + (value - mean) ** 2, 0) / size;
    const deviation = Math.sqrt(variance + LAYER_NORM_EPSILON);
    for (let i = 0; i < size; i++)
      values[begin + i] = (((row[i] ?? 0) - mean) / deviation) * (weight[i] ?? 0) + (bias[i] ?? 0);
  }
  return { values, size };
}

export function attend(
  query: Matrix,
  key: Matrix,
  value: Matrix,
  { headSize, isCausal }: { headSize: number; isCausal: boolean },
): Matrix {
  const { size } = query;
  const queries = query.values.length / size;
  const keys = key.values.length / size;
  const values = new Float64Array(query.values.length);
  for (let row = 0; row < queries; row++)
    for (let head = 0; head < size; head += headSize) {
      const seen = isCausal ? row + 1 : keys;
      const scores = Array.from({ length: seen }, (_, other) =>
        dot(query.values, row * size + head, key.values, other * size + head, headSize),
      );
      softmax(scores.map((score) => score / Math.sqrt(headSize))).forEach((weight, other) => {
        for (let i = head; i < head + headSize; i++) {
          const target = row * size + i;
          values[target] = (values[target] ?? 0) + weight * (value.values[other * size + i] ?? 0);
        }
      });
    }
  return { values, size };
}

function dot(
  left: Float64Array,
  leftBegin: number,
  right: Float64Array,
  rightBegin: number,
  length: number,
): number {
  let total = 0;
  for (let i = 0; i < length; i++)
    total += (left[leftBegin + i] ?? 0) * (right[rightBegin + i] ?? 0);
  return total;
}

function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const exponentials = scores.map((score) => Math.exp(score - largest));
  const total = exponentials.reduce((all, value) => all + value, 0);
  return exponentials.map((value) => value / total);
}
