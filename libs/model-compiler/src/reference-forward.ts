import { POSITION_OFFSET } from '#libs/prepared-model';
import type { Checkpoint } from './checkpoint.js';
import { positionTable } from './position-table.js';
import { type Attention, type Side, weightNames } from './weight-names.js';

/** Rows side by side: `[rows, size]`, row-major. */
interface Matrix {
  readonly values: Float64Array;
  readonly size: number;
}

const LAYER_NORM_EPSILON = 1e-5;

/**
 * The network computed plainly, from the checkpoint's own weights: the yardstick that the graphs are held
 * against on small models. In float64, so that what differs is the graph's own rounding.
 *
 * Source: transformers 4.57.6, `models/m2m_100/modeling_m2m_100.py`.
 */
export class ReferenceModel {
  private constructor(
    private readonly checkpoint: Checkpoint,
    private readonly weights: ReadonlyMap<string, Float32Array>,
    private readonly positions: Float32Array,
  ) {}

  /** Reads all weights into memory. The checkpoint stays the caller's. */
  static async load(checkpoint: Checkpoint): Promise<ReferenceModel> {
    const { weights, shape } = checkpoint;
    const loaded = new Map<string, Float32Array>();
    for (const name of weights.names) loaded.set(name, await weights.read(name));
    const table = positionTable(shape.maxPositions, shape.modelDim);
    return new ReferenceModel(checkpoint, loaded, table);
  }

  /** Encoder states of one sentence, `[sourceIds, modelDim]`. */
  encode(sourceIds: readonly number[]): Float64Array {
    let rows = this.#embed(sourceIds);
    for (let layer = 0; layer < this.checkpoint.shape.encoderLayers; layer++) {
      rows = this.#attend(rows, rows, { side: 'encoder', layer, attention: 'self_attn' });
      rows = this.#feedForward(rows, 'encoder', layer);
    }
    return this.#norm(rows, weightNames.finalNorm('encoder')).values;
  }

  /** Logits after each target token, `[targetIds, vocabularySize]`. */
  decode(encoderStates: Float64Array, targetIds: readonly number[]): Float64Array {
    const { modelDim, decoderLayers, vocabularySize } = this.checkpoint.shape;
    const source: Matrix = { values: encoderStates, size: modelDim };
    let rows = this.#embed(targetIds);
    for (let layer = 0; layer < decoderLayers; layer++) {
      rows = this.#attend(rows, rows, { side: 'decoder', layer, attention: 'self_attn' });
      rows = this.#attend(rows, source, { side: 'decoder', layer, attention: 'encoder_attn' });
      rows = this.#feedForward(rows, 'decoder', layer);
    }
    const states = this.#norm(rows, weightNames.finalNorm('decoder'));
    const embedding = this.#tensor(this.checkpoint.embeddingName);
    return product(states, embedding, new Float32Array(vocabularySize)).values;
  }

  #embed(ids: readonly number[]): Matrix {
    const { shape, embeddingScale, embeddingName } = this.checkpoint;
    const size = shape.modelDim;
    const embedding = this.#tensor(embeddingName);
    const values = new Float64Array(ids.length * size);
    ids.forEach((id, row) => {
      for (let i = 0; i < size; i++) {
        const position = this.positions[(row + POSITION_OFFSET) * size + i] ?? 0;
        values[row * size + i] = (embedding[id * size + i] ?? 0) * embeddingScale + position;
      }
    });
    return { values, size };
  }

  /** The rows plus their attention to `source`; a decoder's self-attention sees no later row. */
  #attend(
    rows: Matrix,
    source: Matrix,
    { side, layer, attention }: { side: Side; layer: number; attention: Attention },
  ): Matrix {
    const { headSize } = this.checkpoint.shape;
    const block = weightNames.attention(side, layer, attention);
    const normed = this.#norm(rows, weightNames.attentionNorm(side, layer, attention));
    const seen = source === rows ? normed : source;
    const query = this.#linear(normed, `${block}.q_proj`);
    const key = this.#linear(seen, `${block}.k_proj`);
    const value = this.#linear(seen, `${block}.v_proj`);
    const isCausal = side === 'decoder' && attention === 'self_attn';
    const attended = attend(query, key, value, { headSize, isCausal });
    return sum(rows, this.#linear(attended, `${block}.out_proj`));
  }

  #feedForward(rows: Matrix, side: Side, layer: number): Matrix {
    const normed = this.#norm(rows, weightNames.feedForwardNorm(side, layer));
    const hidden = this.#linear(normed, weightNames.feedForward(side, layer, 'fc1'));
    const values = hidden.values.map((value) => Math.max(value, 0));
    const fc2 = weightNames.feedForward(side, layer, 'fc2');
    return sum(rows, this.#linear({ values, size: hidden.size }, fc2));
  }

  #norm(rows: Matrix, name: string): Matrix {
    return layerNorm(rows, this.#tensor(`${name}.weight`), this.#tensor(`${name}.bias`));
  }

  #linear(rows: Matrix, name: string): Matrix {
    return product(rows, this.#tensor(`${name}.weight`), this.#tensor(`${name}.bias`));
  }

  #tensor(name: string): Float32Array {
    const tensor = this.weights.get(name);
    if (tensor === undefined) throw new RangeError(`there is no tensor ${name}`);
    return tensor;
  }
}

/** rows · weightᵀ + bias, the weight `[bias, rows' size]`. */
function product(rows: Matrix, weight: Float32Array, bias: Float32Array): Matrix {
  const outputs = bias.length;
  const count = rows.values.length / rows.size;
  const values = new Float64Array(count * outputs);
  for (let row = 0; row < count; row++)
    for (let output = 0; output < outputs; output++) {
      let total = bias[output] ?? 0;
      for (let i = 0; i < rows.size; i++)
        total += (rows.values[row * rows.size + i] ?? 0) * (weight[output * rows.size + i] ?? 0);
      values[row * outputs + output] = total;
    }
  return { values, size: outputs };
}

function sum(left: Matrix, right: Matrix): Matrix {
  const values = left.values.map((value, i) => value + (right.values[i] ?? 0));
  return { values, size: left.size };
}

function layerNorm(rows: Matrix, weight: Float32Array, bias: Float32Array): Matrix {
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

function attend(
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
