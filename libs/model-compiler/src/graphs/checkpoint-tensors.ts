import { OperatorError } from '#libs/domain';
import type { Checkpoint } from '../checkpoint.js';
import type { LinearLayer } from './arithmetic.js';

/** Rows of the embedding that are in memory at a time: 16 MiB at a width of 1024. */
const EMBEDDING_BLOCK_ROWS = 4096;

/** Linear layers side by side, in torch's layout. */
export interface LinearTensors {
  /** `[outputs, inputs]`. */
  readonly weight: Float32Array;
  /** `[outputs]`. */
  readonly bias: Float32Array;
  readonly outputs: number;
  readonly inputs: number;
}

/** Some rows of the embedding. */
export interface EmbeddingBlock {
  readonly firstRow: number;
  /** `[rows, modelDim]`. */
  readonly values: Float32Array;
}

/** Reads a tensor whole. A value that is not finite would spoil every translation, so it is an `OperatorError`. */
export async function readTensor(checkpoint: Checkpoint, name: string): Promise<Float32Array> {
  const values = await checkpoint.weights.read(name);
  requireFinite(values, name, checkpoint.folder);
  return values;
}

export async function readLinear(
  checkpoint: Checkpoint,
  layers: readonly LinearLayer[],
): Promise<LinearTensors> {
  const weights: Float32Array[] = [];
  const biases: Float32Array[] = [];
  for (const { name, factor = 1 } of layers) {
    weights.push(scaled(await readTensor(checkpoint, `${name}.weight`), factor));
    biases.push(scaled(await readTensor(checkpoint, `${name}.bias`), factor));
  }
  const weight = concatenate(weights);
  const bias = concatenate(biases);
  return { weight, bias, outputs: bias.length, inputs: weight.length / bias.length };
}

/** The rows from `begin` to before `endRow`, by default all. */
export async function* readEmbedding(
  { weights, embeddingName, folder, shape }: Checkpoint,
  begin = 0,
  endRow = shape.vocabularySize,
): AsyncGenerator<EmbeddingBlock> {
  for (let firstRow = begin; firstRow < endRow; firstRow += EMBEDDING_BLOCK_ROWS) {
    const end = Math.min(firstRow + EMBEDDING_BLOCK_ROWS, endRow);
    const values = await weights.readRows(embeddingName, firstRow, end);
    requireFinite(values, embeddingName, folder);
    yield { firstRow, values };
  }
}

function requireFinite(values: Float32Array, name: string, folder: string): void {
  // A finite value less itself is 0; one that is not is NaN and stays so in the sum.
  let check = 0;
  for (const value of values) check += value - value;
  if (check !== 0)
    throw new OperatorError(
      `${name} in ${folder} holds a value that is no finite number. The checkpoint is damaged; fetch it again.`,
    );
}

function scaled(values: Float32Array, factor: number): Float32Array {
  if (factor !== 1) for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * factor;
  return values;
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
