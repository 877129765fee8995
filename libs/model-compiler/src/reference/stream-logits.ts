import type { Precision } from '#libs/prepared-model';
import type { Checkpoint } from '../checkpoint.js';
import { positionTable } from '../position-table.js';
import { expectedWeights, type Side, weightNames } from '../weight-names.js';
import { type OperandRounding, operandRounding } from './operand-rounding.js';
import { type Matrix, product } from './plain-arithmetic.js';
import { embedRows } from './plain-embedding.js';
import { PlainLayers } from './plain-layers.js';

/** A source and the target that is fed after it. */
export interface ForcedPair {
  readonly sourceTokenIds: ArrayLike<number>;
  /** From the decoder start token on. */
  readonly targetTokenIds: ArrayLike<number>;
}

/** Rows of the embedding that are in memory at a time: 16 MiB of the released models. */
const EMBEDDING_ROWS = 4096;

/** A checkpoint, and how what is read of it is rounded. */
interface Yardstick {
  readonly checkpoint: Checkpoint;
  readonly rounding: OperandRounding;
}

/**
 * Logits after each target token of each pair, `[targetTokenIds, vocabularySize]`, computed as
 * `ReferenceModel` does, with one layer's weights in memory at a time. Every weight is read once, however
 * many pairs there are. The checkpoint stays the caller's.
 *
 * @param precision `int8` rounds the operands of each product as the int8 graphs do, and computes exactly
 *   otherwise: what is left to differ from the graphs is the order of sums.
 */
export async function streamLogits(
  checkpoint: Checkpoint,
  pairs: readonly ForcedPair[],
  precision: Precision,
): Promise<Float64Array[]> {
  const { shape } = checkpoint;
  const yardstick = { checkpoint, rounding: operandRounding(precision) };
  const positions = positionTable(shape.maxPositions, shape.modelDim);
  const embed = (ids: ArrayLike<number>): Promise<Matrix> => embedIds(yardstick, ids, positions);
  const sources: Matrix[] = [];
  const targets: Matrix[] = [];
  for (const { sourceTokenIds, targetTokenIds } of pairs) {
    sources.push(await embed(sourceTokenIds));
    targets.push(await embed(targetTokenIds));
  }
  const encoded = await runSide(yardstick, 'encoder', sources, (layers, rows, layer) =>
    layers.encoderLayer(rows, layer),
  );
  const states = await runSide(yardstick, 'decoder', targets, (layers, rows, layer, pair) =>
    layers.decoderLayer(rows, encoded[pair] ?? rows, layer),
  );
  return projectOnVocabulary(yardstick, states);
}

async function embedIds(
  { checkpoint: { weights, embeddingName, embeddingScale, shape }, rounding }: Yardstick,
  ids: ArrayLike<number>,
  positions: Float32Array,
): Promise<Matrix> {
  const rows: Float32Array[] = [];
  for (const id of Array.from(ids)) {
    const row = await weights.readRows(embeddingName, id, id + 1);
    rows.push(rounding.embedding(row, shape.modelDim));
  }
  return embedRows(rows, embeddingScale, positions);
}

/** All layers of a side and its last norm, over the rows of every pair. */
async function runSide(
  yardstick: Yardstick,
  side: Side,
  inputs: readonly Matrix[],
  run: (layers: PlainLayers, rows: Matrix, layer: number, pair: number) => Matrix,
): Promise<Matrix[]> {
  const { shape } = yardstick.checkpoint;
  let all = [...inputs];
  const count = side === 'encoder' ? shape.encoderLayers : shape.decoderLayers;
  for (let layer = 0; layer < count; layer++) {
    const layers = await readLayers(yardstick, `${weightNames.layer(side, layer)}.`);
    all = all.map((rows, pair) => run(layers, rows, layer, pair));
  }
  const norm = await readLayers(yardstick, weightNames.finalNorm(side));
  return all.map((rows) => norm.finalNorm(rows, side));
}

/** The layers whose tensors have names that begin with `prefix`. */
async function readLayers(
  { checkpoint: { shape, weights }, rounding }: Yardstick,
  prefix: string,
): Promise<PlainLayers> {
  const tensors = new Map<string, Float32Array>();
  for (const { name, shape: axes } of expectedWeights(shape))
    if (name.startsWith(prefix)) {
      const values = await weights.read(name);
      // Biases and norms are vectors, which no precision rounds.
      tensors.set(name, axes[1] === undefined ? values : rounding.weight(values, axes[1]));
    }
  return new PlainLayers(shape, tensors, rounding);
}

async function projectOnVocabulary(
  { checkpoint: { shape, weights, embeddingName }, rounding }: Yardstick,
  unrounded: readonly Matrix[],
): Promise<Float64Array[]> {
  const { vocabularySize, modelDim } = shape;
  const states = unrounded.map((rows) => rounding.rows(rows, false));
  const logits = states.map(
    ({ values }) => new Float64Array((values.length / modelDim) * vocabularySize),
  );
  for (let first = 0; first < vocabularySize; first += EMBEDDING_ROWS) {
    const end = Math.min(first + EMBEDDING_ROWS, vocabularySize);
    const read = await weights.readRows(embeddingName, first, end);
    const embedding = rounding.weight(read, modelDim);
    const width = end - first;
    states.forEach((rows, pair) => {
      const { values } = product(rows, embedding, new Float32Array(width));
      for (let row = 0; row * width < values.length; row++)
        logits[pair]?.set(
          values.subarray(row * width, (row + 1) * width),
          row * vocabularySize + first,
        );
    });
  }
  return logits;
}
