import { assertInvariant } from '#libs/domain';

/** Symmetric int8: codes from −127 to 127, zero is zero. */
const MAX_CODE = 127;
/** A row of smaller values counts as zeros: its scale would be no normal float32. */
const LEAST_MAGNITUDE = 1e-30;
/** What is transposed together: each row's part is a cache line, and so many lines are in the cache at once. */
const ROW_TILE = 32;
const COLUMN_TILE = 16;

/**
 * Quantises each row by its own largest magnitude: row ≈ code · scale. `scales` gets one value a row from
 * `firstRow` on; a row of zeros has the scale 0.
 *
 * @param values `[rows, columns]`
 * @param codes `[rows, columns]`
 */
export function quantizeRows(
  values: Float32Array,
  columns: number,
  codes: Int8Array,
  scales: Float32Array,
  firstRow = 0,
): void {
  assertInvariant(codes.length >= values.length, 'the codes do not fit');
  const rows = values.length / columns;
  for (let row = 0; row < rows; row++) {
    const begin = row * columns;
    const end = begin + columns;
    const scale = rowScale(values, begin, end);
    scales[firstRow + row] = scale;
    const inverse = inverseOf(scale);
    for (let i = begin; i < end; i++) codes[i] = nearest((values[i] ?? 0) * inverse);
  }
}

/**
 * As `quantizeRows`, with the codes transposed to `[columns, totalRows]`: a torch weight `[out, in]` becomes
 * the right operand `[in, out]` of a matrix product, with a scale for each of its columns.
 *
 * @param values `[rows, columns]`, the rows from `firstRow` on of a matrix of `totalRows`
 * @param codes `[columns, totalRows]`
 * @param scales `[totalRows]`
 */
export function quantizeTransposed(
  values: Float32Array,
  columns: number,
  codes: Int8Array,
  scales: Float32Array,
  firstRow = 0,
): void {
  const rows = values.length / columns;
  const totalRows = scales.length;
  assertInvariant(codes.length === columns * totalRows, 'the codes do not fit');
  assertInvariant(firstRow + rows <= totalRows, 'the rows do not fit');
  const inverses = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const scale = rowScale(values, row * columns, (row + 1) * columns);
    scales[firstRow + row] = scale;
    inverses[row] = inverseOf(scale);
  }
  for (let tile = 0; tile < rows; tile += ROW_TILE) {
    const tileEnd = Math.min(tile + ROW_TILE, rows);
    for (let first = 0; first < columns; first += COLUMN_TILE) {
      const end = Math.min(first + COLUMN_TILE, columns);
      for (let row = tile; row < tileEnd; row++) {
        const inverse = inverses[row] ?? 0;
        for (let column = first; column < end; column++)
          codes[column * totalRows + firstRow + row] = nearest(
            (values[row * columns + column] ?? 0) * inverse,
          );
      }
    }
  }
}

/** `Math.round` would take twice as long: it is exact for the number just below a half, too. */
function nearest(value: number): number {
  return Math.floor(value + 0.5);
}

function rowScale(values: Float32Array, begin: number, end: number): number {
  let largest = 0;
  for (let i = begin; i < end; i++) {
    const magnitude = Math.abs(values[i] ?? 0);
    if (magnitude > largest) largest = magnitude;
  }
  return largest < LEAST_MAGNITUDE ? 0 : Math.fround(largest / MAX_CODE);
}

function inverseOf(scale: number): number {
  return scale === 0 ? 0 : 1 / scale;
}
