import { assertInvariant } from '#libs/domain';

/** Symmetric int8: codes from −127 to 127, zero is zero. */
const MAX_CODE = 127;
/**
 * Most that two neighbours of a product's right operand come to, before they are rounded. Processors without VNNI
 * multiply two neighbours by uint8 and add them in 16 bits: 255 · (127 + 1) is 32640, and 32767 the largest that fits.
 */
const MAX_PAIR = 127;
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
    const scale = scaleOf(largestMagnitude(values, begin, end), MAX_CODE);
    scales[firstRow + row] = scale;
    const inverse = inverseOf(scale);
    for (let i = begin; i < end; i++) codes[i] = nearest((values[i] ?? 0) * inverse);
  }
}

/**
 * Makes a torch weight `[out, in]` the right operand `[in, out]` of a matrix product by uint8, with a scale for each of
 * its columns. The codes at inputs 2i and 2i + 1 of a column come to 128 at most, signs aside: no product overflows.
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
    const scale = scaleOf(largestPair(values, row * columns, (row + 1) * columns), MAX_PAIR);
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

function largestMagnitude(values: Float32Array, begin: number, end: number): number {
  let largest = 0;
  for (let i = begin; i < end; i++) {
    const magnitude = Math.abs(values[i] ?? 0);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

/** The largest sum of two neighbours' magnitudes. */
function largestPair(values: Float32Array, begin: number, end: number): number {
  let largest = 0;
  for (let i = begin; i < end; i += 2) {
    const second = i + 1 < end ? Math.abs(values[i + 1] ?? 0) : 0;
    const magnitude = Math.abs(values[i] ?? 0) + second;
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

function scaleOf(largest: number, code: number): number {
  return largest < LEAST_MAGNITUDE ? 0 : Math.fround(largest / code);
}

function inverseOf(scale: number): number {
  return scale === 0 ? 0 : 1 / scale;
}
