import type { Checkpoint } from '../checkpoint.js';
import type { WeightsFile } from '../onnx/weights-file.js';
import {
  type Arithmetic,
  type LinearLayer,
  type LinearOperand,
  runTokensOf,
  type VocabularyLogits,
} from './arithmetic.js';
import { readEmbedding, readLinear } from './checkpoint-tensors.js';
import type { GraphBuilder } from './graph-builder.js';

/** The `fp32` precision: everything as the checkpoint has it, in torch's layout. */
export class FloatArithmetic implements Arithmetic {
  constructor(
    private readonly graph: GraphBuilder,
    private readonly file: WeightsFile,
    private readonly checkpoint: Checkpoint,
  ) {}

  operand(rows: string): LinearOperand {
    return { values: rows };
  }

  rectifiedOperand(rows: string): LinearOperand {
    return { values: this.graph.node('Relu', [rows]) };
  }

  async linear(
    operand: LinearOperand,
    name: string,
    layers: readonly LinearLayer[],
  ): Promise<string> {
    const { weight, bias, outputs, inputs } = await readLinear(this.checkpoint, layers);
    const weightTensor = await this.file.write(
      `${name}.weight`,
      'float32',
      [outputs, inputs],
      weight,
    );
    const biasTensor = await this.file.write(`${name}.bias`, 'float32', [outputs], bias);
    return this.graph.node(
      'Gemm',
      [operand.values, this.graph.initializer(weightTensor), this.graph.initializer(biasTensor)],
      { attributes: { transB: 1 } },
    );
  }

  async embed(tokenId: string): Promise<string> {
    const table = await this.#embedding();
    const rows = this.graph.node('Gather', [table, tokenId], { attributes: { axis: 0 } });
    const { embeddingScale } = this.checkpoint;
    if (embeddingScale === 1) return rows;
    return this.graph.node('Mul', [rows, this.graph.scalar(embeddingScale)]);
  }

  async vocabularyLogits(operand: LinearOperand): Promise<VocabularyLogits> {
    // One block: the product reads the table that the look-ups use.
    const values = this.graph.node('Gemm', [operand.values, await this.#embedding()], {
      attributes: { transB: 1 },
    });
    const tokens = this.checkpoint.shape.vocabularySize;
    return { blocks: [{ values, firstTokenId: 0, tokens }], runTokens: runTokensOf(tokens) };
  }

  /** One table for both graphs, the look-ups and the output projection. */
  async #embedding(): Promise<string> {
    const name = 'token_embedding';
    const { vocabularySize, modelDim } = this.checkpoint.shape;
    const table =
      this.file.find(name) ??
      (await this.file.writePieces(
        name,
        'float32',
        [vocabularySize, modelDim],
        this.#embeddingRows(),
      ));
    return this.graph.initializer(table);
  }

  async *#embeddingRows(): AsyncGenerator<Float32Array> {
    for await (const { values } of readEmbedding(this.checkpoint)) yield values;
  }
}
