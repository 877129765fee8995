import type { Checkpoint } from '../checkpoint.js';
import { positionTable } from '../position-table.js';
import { expectedWeights, type Side, weightNames } from '../weight-names.js';
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

/**
 * Logits after each target token of each pair, `[targetTokenIds, vocabularySize]`, computed as
 * `ReferenceModel` does, with one layer's weights in memory at a time. Every weight is read once, however
 * many pairs there are. The checkpoint stays the caller's.
 */
export async function streamLogits(
  checkpoint: Checkpoint,
  pairs: readonly ForcedPair[],
): Promise<Float64Array[]> {
  const { shape } = checkpoint;
  const positions = positionTable(shape.maxPositions, shape.modelDim);
  const embed = (ids: ArrayLike<number>): Promise<Matrix> => embedIds(checkpoint, ids, positions);
  const sources: Matrix[] = [];
  const targets: Matrix[] = [];
  for (const { sourceTokenIds, targetTokenIds } of pairs) {
    sources.push(await embed(sourceTokenIds));
    targets.push(await embed(targetTokenIds));
  }
  const encoded = await runSide(checkpoint, 'encoder', sources, (layers, rows, layer) =>
    layers.encoderLayer(rows, layer),
  );
  const states = await runSide(checkpoint, 'decoder', targets, (layers, rows, layer, pair) =>
    layers.decoderLayer(rows, encoded[pair] ?? rows, layer),
  );
  return projectOnVocabulary(checkpoint, states);
}

async function embedIds(
  { weights, embeddingName, embeddingScale }: Checkpoint,
  ids: ArrayLike<number>,
  positions: Float32Array,
): Promise<Matrix> {
  const rows: Float32Array[] = [];
  for (const id of Array.from(ids)) rows.push(await weights.readRows(embeddingName, id, id + 1));
  return embedRows(rows, embeddingScale, positions);
}

/** All layers of a side and its last norm, over the rows of every pair. */
async function runSide(
  checkpoint: Checkpoint,
  side: Side,
  inputs: readonly Matrix[],
  run: (layers: PlainLayers, rows: Matrix, layer: number, pair: number) => Matrix,
): Promise<Matrix[]> {
  const { shape } = checkpoint;
  let all = [...inputs];
  const count = side === 'encoder' ? shape.encoderLayers : shape.decoderLayers;
  for (let layer = 0; layer < count; layer++) {
    const tensors = await readTensors(checkpoint, `${weightNames.layer(side, layer)}.`);
    const layers = new PlainLayers(shape, tensors);
    all = all.map((rows, pair) => run(layers, rows, layer, pair));
  }
  const norm = new PlainLayers(shape, await readTensors(checkpoint, weightNames.finalNorm(side)));
  return all.map((rows) => norm.finalNorm(rows, side));
}

async function readTensors(
  { shape, weights }: Checkpoint,
  prefix: string,
): Promise<Map<string, Float32Array>> {
  const tensors = new Map<string, Float32Array>();
  for (const { name } of expectedWeights(shape))
    if (name.startsWith(prefix)) tensors.set(name, await weights.read(name));
  return tensors;
}

async function projectOnVocabulary(
  { shape, weights, embeddingName }: Checkpoint,
  states: readonly Matrix[],
): Promise<Float64Array[]> {
  const { vocabularySize, modelDim } = shape;
  const logits = states.map(
    ({ values }) => new Float64Array((values.length / modelDim) * vocabularySize),
  );
  for (let first = 0; first < vocabularySize; first += EMBEDDING_ROWS) {
    const end = Math.min(first + EMBEDDING_ROWS, vocabularySize);
    const embedding = await weights.readRows(embeddingName, first, end);
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
