import type { ModelShape } from '#libs/prepared-model';
import { type Attention, type Side, weightNames } from '../weight-names.js';
import type { OperandRounding } from './operand-rounding.js';
import { attend, layerNorm, type Matrix, product, sum } from './plain-arithmetic.js';

/**
 * The layers of the network computed plainly, from the checkpoint's own weights.
 *
 * Source: transformers 4.57.6, `models/m2m_100/modeling_m2m_100.py`.
 */
export class PlainLayers {
  constructor(
    private readonly shape: ModelShape,
    /** Those of the layers that are asked for, by name. */
    private readonly tensors: ReadonlyMap<string, Float32Array>,
    /** Of the rows; the tensors are rounded already. */
    private readonly rounding: OperandRounding,
  ) {}

  encoderLayer(rows: Matrix, layer: number): Matrix {
    const attended = this.#attend(rows, rows, { side: 'encoder', layer, attention: 'self_attn' });
    return this.#feedForward(attended, 'encoder', layer);
  }

  decoderLayer(rows: Matrix, source: Matrix, layer: number): Matrix {
    const own = this.#attend(rows, rows, { side: 'decoder', layer, attention: 'self_attn' });
    const crossed = this.#attend(own, source, {
      side: 'decoder',
      layer,
      attention: 'encoder_attn',
    });
    return this.#feedForward(crossed, 'decoder', layer);
  }

  finalNorm(rows: Matrix, side: Side): Matrix {
    return this.#norm(rows, weightNames.finalNorm(side));
  }

  /** The rows plus their attention to `source`; a decoder's self-attention sees no later row. */
  #attend(
    rows: Matrix,
    source: Matrix,
    { side, layer, attention }: { side: Side; layer: number; attention: Attention },
  ): Matrix {
    const { headSize } = this.shape;
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
    return sum(rows, this.#linear({ values, size: hidden.size }, fc2, true));
  }

  #norm(rows: Matrix, name: string): Matrix {
    return layerNorm(rows, this.#tensor(`${name}.weight`), this.#tensor(`${name}.bias`));
  }

  #linear(rows: Matrix, name: string, isRectified = false): Matrix {
    const rounded = this.rounding.rows(rows, isRectified);
    return product(rounded, this.#tensor(`${name}.weight`), this.#tensor(`${name}.bias`));
  }

  #tensor(name: string): Float32Array {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw new RangeError(`there is no tensor ${name}`);
    return tensor;
  }
}
