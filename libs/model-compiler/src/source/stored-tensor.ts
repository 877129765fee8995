import { OperatorError } from '#libs/domain';
import { widenBfloat16, widenFloat16 } from './half-float.js';
import type { WeightFile } from './weight-file.js';

/** Bytes of one element of each type that tensors are stored in, under the names of safetensors. */
export const ELEMENT_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

export type StoredType = keyof typeof ELEMENT_BYTES;

/** Where a tensor lies. Whoever makes one has held its end against the size of the file. */
export interface StoredTensor {
  readonly file: WeightFile;
  readonly type: StoredType;
  readonly shape: readonly number[];
  /** Offset of the first byte in the file. */
  readonly begin: number;
  /** A matrix `[rows, columns]` whose bytes are those of its transpose, `[columns, rows]` row-major. */
  readonly transposed: boolean;
}

/** More axes than any weight has. */
export const MAX_AXES = 8;

/** Elements that are converted or transposed at a time: bounds the memory beside the result. */
const CHUNK_ELEMENTS = 1024 * 1024;
/** Rows that are transposed together: their writes stay in cache. */
const ROW_TILE = 32;

/** Rows `from` up to, not including, `to` of the first axis, row-major, in float32. */
export async function readStoredRows(
  tensor: StoredTensor,
  name: string,
  from: number,
  to: number,
): Promise<Float32Array> {
  requireFloat(tensor, name);
  const [rows = 1, ...axes] = tensor.shape;
  const rowElements = elementCount(axes);
  const values = new Float32Array((to - from) * rowElements);
  if (!tensor.transposed) {
    await readElements(tensor, from * rowElements, values);
    return values;
  }
  const height = to - from;
  // Whole stored rows lie side by side and are read together; parts of them are read one by one.
  const together =
    height === rows ? Math.max(1, Math.floor(CHUNK_ELEMENTS / Math.max(1, rows))) : 1;
  for (let column = 0; column < rowElements; column += together) {
    const width = Math.min(together, rowElements - column);
    const block = new Float32Array(width * height);
    await readElements(tensor, column * rows + from, block);
    transposeInto(block, height, values.subarray(column), rowElements);
  }
  return values;
}

export function elementCount(axes: readonly number[]): number {
  return axes.reduce((product, axis) => product * axis, 1);
}

function requireFloat({ type, file }: StoredTensor, name: string): void {
  if (type !== 'F32' && type !== 'F16' && type !== 'BF16')
    throw new OperatorError(
      `${file.path}: ${name} has the type ${type}; F32, F16 and BF16 can be read.`,
    );
}

/** Elements from `start` on, in the order of the file. */
async function readElements(
  { file, type, begin }: StoredTensor,
  start: number,
  values: Float32Array,
): Promise<void> {
  if (type === 'F32') {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    await file.fill(bytes, begin + 4 * start);
    return;
  }
  const widen = type === 'F16' ? widenFloat16 : widenBfloat16;
  const bits = new Uint16Array(Math.min(values.length, CHUNK_ELEMENTS));
  for (let done = 0; done < values.length; done += bits.length) {
    const chunk = bits.subarray(0, values.length - done);
    const bytes = new Uint8Array(chunk.buffer, 0, chunk.byteLength);
    await file.fill(bytes, begin + 2 * (start + done));
    widen(chunk, values.subarray(done));
  }
}

/** Writes the columns of `block`, each `height` long, as columns of a matrix whose rows are `stride` apart. */
function transposeInto(
  block: Float32Array,
  height: number,
  values: Float32Array,
  stride: number,
): void {
  for (let tile = 0; tile < height; tile += ROW_TILE) {
    const tileEnd = Math.min(tile + ROW_TILE, height);
    for (let column = 0; column * height < block.length; column++)
      for (let row = tile; row < tileEnd; row++)
        values[row * stride + column] = block[column * height + row] ?? 0;
  }
}
