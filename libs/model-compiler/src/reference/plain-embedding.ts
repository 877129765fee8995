import { POSITION_OFFSET } from '#libs/prepared-model';
import type { Matrix } from './plain-arithmetic.js';

/** The network's input: scaled embedding rows of a sequence's tokens, each with its position's row added. */
export function embedRows(
  rows: readonly Float32Array[],
  scale: number,
  positions: Float32Array,
): Matrix {
  const size = rows[0]?.length ?? 0;
  const values = new Float64Array(rows.length * size);
  rows.forEach((row, place) => {
    for (let i = 0; i < size; i++) {
      const position = positions[(place + POSITION_OFFSET) * size + i] ?? 0;
      values[place * size + i] = (row[i] ?? 0) * scale + position;
    }
  });
  return { values, size };
}
