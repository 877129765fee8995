import { assertInvariant } from '#libs/domain';
import type { Checkpoint } from '../checkpoint.js';
import { ELEMENT_TYPES, type Initializer } from '../onnx/onnx-model.js';
import type { WeightsFile } from '../onnx/weights-file.js';
import { quantizeRows, quantizeTransposed } from '../quantization.js';
import {
  type Arithmetic,
  type LinearLayer,
  type LinearOperand,
  type LogitBlock,
  type Quantization,
  runTokensOf,
  type VocabularyLogits,
} from './arithmetic.js';
import { readEmbedding, readLinear } from './checkpoint-tensors.js';
import type { GraphBuilder } from './graph-builder.js';

interface Levels {
  /** The code of zero. */
  readonly zeroPoint: number;
  /** Codes above it. */
  readonly levels: number;
}

/** Activations are uint8: with int8 the product is 10 to 60 times slower where there is AVX512-VNNI. */
const SIGNED: Levels = { zeroPoint: 128, levels: 127 };
/** What is never negative needs no zero in the middle, which gives it one more bit. */
const RECTIFIED: Levels = { zeroPoint: 0, levels: 255 };
/** Of a row without positive values. */
const LEAST_ROW_MAXIMUM = 1e-12;

/**
 * Most tokens whose logits are computed together. What follows the product (scaling, softmax, top-k) then finds a
 * block of some dozen rows in the cache: 80 rows of a block are 5 MB, of the whole vocabulary 41 MB. Rows of a
 * whole number of cache lines are written sooner.
 */
const MAX_LOGIT_BLOCK_TOKENS = 16384;

/**
 * The `int8` precision. Weights are int8 with a scale for each output; activations are uint8 with a scale for
 * each row, its largest magnitude over the number of levels. A row is quantised by itself and integer sums
 * are exact, so neighbours in the batch cannot change a result by a bit.
 *
 * Exact they are on every processor: x86-64 without VNNI adds pairs of products in 16 bits, which weights are small
 * enough for (`quantizeTransposed`).
 */
export class RowScaledArithmetic implements Arithmetic {
  /** uint8 `[rows, 1]`: QuantizeLinear by rows wants the zero point of each. */
  readonly #signedZeroPoints: string;
  readonly #one: string;

  /** @param rowVector any tensor `[rows]` of the graph. */
  constructor(
    private readonly graph: GraphBuilder,
    private readonly file: WeightsFile,
    private readonly checkpoint: Checkpoint,
    rowVector: string,
  ) {
    this.#one = graph.scalar(1);
    const bytes = Uint8Array.of(SIGNED.zeroPoint);
    const value: Initializer = {
      name: 'zero_point',
      type: 'uint8',
      axes: [1],
      data: { kind: 'inline', bytes },
    };
    this.#signedZeroPoints = graph.column(rowVector, value);
  }

  /**
   * A row of zeros has a scale of zero: its codes are those of 0/0, whatever they are, and the product with the scale
   * is zero again.
   */
  operand(rows: string): LinearOperand {
    const { modelDim } = this.checkpoint.shape;
    const largest = this.#largest(this.graph.node('Abs', [rows]));
    return this.#quantize([rows, modelDim], [largest, this.#signedZeroPoints], SIGNED);
  }

  /** Codes cannot be negative, so the quantisation itself is the ReLU. Where nothing is positive the scale must be. */
  rectifiedOperand(rows: string): LinearOperand {
    const { feedForwardDim } = this.checkpoint.shape;
    const largest = this.graph.node('Max', [
      this.#largest(rows),
      this.graph.scalar(LEAST_ROW_MAXIMUM),
    ]);
    return this.#quantize([rows, feedForwardDim], [largest], RECTIFIED);
  }

  async linear(
    operand: LinearOperand,
    name: string,
    layers: readonly LinearLayer[],
  ): Promise<string> {
    const { weight, bias, outputs, inputs } = await readLinear(this.checkpoint, layers);
    const codes = new Int8Array(weight.length);
    const scales = new Float32Array(outputs);
    quantizeTransposed(weight, inputs, codes, scales);
    const product = await this.#product(operand, name, [inputs, outputs], codes, scales);
    const scaled = this.graph.node('Mul', [product, quantizationOf(operand).rowScale]);
    const biasTensor = await this.file.write(`${name}.bias`, 'float32', [outputs], bias);
    return this.graph.node('Add', [scaled, this.graph.initializer(biasTensor)]);
  }

  async embed(tokenId: string): Promise<string> {
    const name = 'token_embedding';
    const codes = this.file.find(`${name}.codes`) ?? (await this.#writeEmbedding(name));
    const scales = this.file.find(`${name}.scale`);
    assertInvariant(scales !== undefined, 'the embedding has no scales');
    const axis = { attributes: { axis: 0 } };
    const rows = this.graph.node('Gather', [this.graph.initializer(codes), tokenId], axis);
    const scale = this.graph.node('Gather', [this.graph.initializer(scales), tokenId], axis);
    const widened = this.graph.node('Cast', [rows], { attributes: { to: ELEMENT_TYPES.float32 } });
    return this.graph.node('Mul', [widened, scale]);
  }

  async vocabularyLogits(operand: LinearOperand): Promise<VocabularyLogits> {
    const { vocabularySize, modelDim } = this.checkpoint.shape;
    const blocks: LogitBlock[] = [];
    const runTokens = runTokensOf(vocabularySize);
    const blockTokens = MAX_LOGIT_BLOCK_TOKENS - (MAX_LOGIT_BLOCK_TOKENS % runTokens);
    for (let first = 0; first < vocabularySize; first += blockTokens) {
      const tokens = Math.min(blockTokens, vocabularySize - first);
      const codes = new Int8Array(tokens * modelDim);
      const scales = new Float32Array(tokens);
      const rows = readEmbedding(this.checkpoint, first, first + tokens);
      for await (const { firstRow, values } of rows)
        quantizeTransposed(values, modelDim, codes, scales, firstRow - first);
      const axes = [modelDim, tokens] as const;
      const values = await this.#product(operand, `lm_head.${first}`, axes, codes, scales);
      blocks.push({ values, firstTokenId: first, tokens });
    }
    return { blocks, runTokens, rowScale: quantizationOf(operand).rowScale };
  }

  /** float32 `[rows, 1]`: the largest of each row. */
  #largest(rows: string): string {
    return this.graph.node('ReduceMax', [rows, this.graph.integers([-1])], {
      attributes: { keepdims: 1 },
    });
  }

  /** Each row is one block: its scale stays a column, as the products want it. */
  #quantize(
    [rows, size]: readonly [string, number],
    [largest, ...zeroPoints]: readonly [string, ...string[]],
    { zeroPoint, levels }: Levels,
  ): LinearOperand {
    const rowScale = this.graph.node('Mul', [largest, this.graph.scalar(1 / levels)]);
    const values = this.graph.node('QuantizeLinear', [rows, rowScale, ...zeroPoints], {
      attributes: { axis: 1, block_size: size },
    });
    return { values, quantization: { rowScale, zeroPoint: this.graph.byte(zeroPoint) } };
  }

  /** Times the operand's row scale it is what it stands for. */
  async #product(
    operand: LinearOperand,
    name: string,
    axes: readonly [number, number],
    codes: Int8Array,
    scales: Float32Array,
  ): Promise<string> {
    const codesTensor = await this.file.write(`${name}.codes`, 'int8', axes, codes);
    const scalesTensor = await this.file.write(`${name}.scale`, 'float32', [axes[1]], scales);
    return this.graph.node(
      'MatMulIntegerToFloat',
      [
        operand.values,
        this.graph.initializer(codesTensor),
        this.#one,
        this.graph.initializer(scalesTensor),
        quantizationOf(operand).zeroPoint,
      ],
      { domain: 'com.microsoft' },
    );
  }

  /** int8 `[vocabularySize, modelDim]` with one scale a row, which holds the embedding's scale, too. */
  async #writeEmbedding(name: string): Promise<Initializer> {
    const { checkpoint } = this;
    const { vocabularySize, modelDim } = checkpoint.shape;
    const scales = new Float32Array(vocabularySize);
    async function* pieces(): AsyncGenerator<Int8Array> {
      for await (const { firstRow, values } of readEmbedding(checkpoint)) {
        const codes = new Int8Array(values.length);
        quantizeRows(values, modelDim, codes, scales, firstRow);
        yield codes;
      }
    }
    const axes = [vocabularySize, modelDim];
    const codes = await this.file.writePieces(`${name}.codes`, 'int8', axes, pieces());
    for (let row = 0; row < scales.length; row++)
      scales[row] = (scales[row] ?? 0) * checkpoint.embeddingScale;
    await this.file.write(`${name}.scale`, 'float32', [vocabularySize, 1], scales);
    return codes;
  }
}

function quantizationOf({ quantization }: LinearOperand): Quantization {
  assertInvariant(quantization !== undefined, 'the operand is not quantised');
  return quantization;
}
