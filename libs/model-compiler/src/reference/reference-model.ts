import type { Checkpoint } from '../checkpoint.js';
import { positionTable } from '../position-table.js';
import { expectedWeights } from '../weight-names.js';
import { operandRounding } from './operand-rounding.js';
import { type Matrix, product } from './plain-arithmetic.js';
import { embedRows } from './plain-embedding.js';
import { PlainLayers } from './plain-layers.js';

/**
 * The network computed plainly, from the checkpoint's own weights: the yardstick that the graphs are held
 * against on small models, all weights in memory. `streamLogits` does the same for large ones.
 */
export class ReferenceModel {
  readonly #layers: PlainLayers;
  readonly #embedding: Float32Array;
  readonly #positions: Float32Array;

  private constructor(
    private readonly checkpoint: Checkpoint,
    weights: ReadonlyMap<string, Float32Array>,
  ) {
    const { shape, embeddingName } = checkpoint;
    this.#layers = new PlainLayers(shape, weights, operandRounding('fp32'));
    this.#embedding = weights.get(embeddingName) ?? new Float32Array();
    this.#positions = positionTable(shape.maxPositions, shape.modelDim);
  }

  /** Reads all weights into memory, the embedding once whatever names it has. The checkpoint stays the caller's. */
  static async load(checkpoint: Checkpoint): Promise<ReferenceModel> {
    const { shape, embeddingName, weights } = checkpoint;
    const loaded = new Map<string, Float32Array>();
    for (const name of [embeddingName, ...expectedWeights(shape).map((one) => one.name)])
      loaded.set(name, await weights.read(name));
    return new ReferenceModel(checkpoint, loaded);
  }

  /** Encoder states of one sentence, `[sourceIds, modelDim]`. */
  encode(sourceIds: readonly number[]): Float64Array {
    let rows = this.#embed(sourceIds);
    for (let layer = 0; layer < this.checkpoint.shape.encoderLayers; layer++)
      rows = this.#layers.encoderLayer(rows, layer);
    return this.#layers.finalNorm(rows, 'encoder').values;
  }

  /** Logits after each target token, `[targetIds, vocabularySize]`. */
  decode(encoderStates: Float64Array, targetIds: readonly number[]): Float64Array {
    const { modelDim, decoderLayers, vocabularySize } = this.checkpoint.shape;
    const source: Matrix = { values: encoderStates, size: modelDim };
    let rows = this.#embed(targetIds);
    for (let layer = 0; layer < decoderLayers; layer++)
      rows = this.#layers.decoderLayer(rows, source, layer);
    const states = this.#layers.finalNorm(rows, 'decoder');
    return product(states, this.#embedding, new Float32Array(vocabularySize)).values;
  }

  #embed(ids: readonly number[]): Matrix {
    const size = this.checkpoint.shape.modelDim;
    return embedRows(
      ids.map((id) => this.#embedding.subarray(id * size, (id + 1) * size)),
      this.checkpoint.embeddingScale,
      this.#positions,
    );
  }
}
