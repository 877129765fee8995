import type { Precision } from '#libs/prepared-model';
import type { Checkpoint } from '../checkpoint.js';
import type { WeightsFile } from '../onnx/weights-file.js';
import { positionTable } from '../position-table.js';
import { type Side, weightNames } from '../weight-names.js';
import type { Arithmetic } from './arithmetic.js';
import { readTensor } from './checkpoint-tensors.js';
import { FloatArithmetic } from './float-arithmetic.js';
import type { GraphBuilder } from './graph-builder.js';
import { RowScaledArithmetic } from './row-scaled-arithmetic.js';

/** What both graphs are made from. */
export interface GraphParts {
  readonly checkpoint: Checkpoint;
  /** Takes the tensors of both graphs. */
  readonly file: WeightsFile;
  readonly precision: Precision;
}

/** A graph in the making. */
export interface GraphContext {
  readonly graph: GraphBuilder;
  readonly file: WeightsFile;
  readonly checkpoint: Checkpoint;
  readonly arithmetic: Arithmetic;
}

/** @param rowVector any tensor `[rows]` of the graph. */
export function graphContext(
  { checkpoint, file, precision }: GraphParts,
  graph: GraphBuilder,
  rowVector: string,
): GraphContext {
  const arithmetic =
    precision === 'fp32'
      ? new FloatArithmetic(graph, file, checkpoint)
      : new RowScaledArithmetic(graph, file, checkpoint, rowVector);
  return { graph, file, checkpoint, arithmetic };
}

/** torch's default, which the model keeps. */
const LAYER_NORM_EPSILON = 1e-5;

/** `[rows, modelDim]`: scaled embedding rows plus position rows. */
export async function embedTokens(
  { graph, file, checkpoint, arithmetic }: GraphContext,
  tokenId: string,
  position: string,
): Promise<string> {
  const { maxPositions, modelDim } = checkpoint.shape;
  const name = 'position_table';
  const values = positionTable(maxPositions, modelDim);
  const axes = [values.length / modelDim, modelDim];
  const table = file.find(name) ?? (await file.write(name, 'float32', axes, values));
  const positions = graph.node('Gather', [graph.initializer(table), position], {
    attributes: { axis: 0 },
  });
  return graph.node('Add', [await arithmetic.embed(tokenId), positions]);
}

export async function layerNorm(
  { graph, file, checkpoint }: GraphContext,
  rows: string,
  name: string,
): Promise<string> {
  const inputs = [rows];
  for (const part of [`${name}.weight`, `${name}.bias`]) {
    const values = await readTensor(checkpoint, part);
    inputs.push(graph.initializer(await file.write(part, 'float32', [values.length], values)));
  }
  return graph.node('LayerNormalization', inputs, {
    attributes: { axis: -1, epsilon: { float: LAYER_NORM_EPSILON } },
  });
}

/** The rows plus the feed-forward block's answer to them. */
export async function feedForward(
  context: GraphContext,
  rows: string,
  side: Side,
  layer: number,
): Promise<string> {
  const { graph, arithmetic } = context;
  const [fc1, fc2] = (['fc1', 'fc2'] as const).map((linear) =>
    weightNames.feedForward(side, layer, linear),
  ) as [string, string];
  const normed = await layerNorm(context, rows, weightNames.feedForwardNorm(side, layer));
  const hidden = await arithmetic.linear(arithmetic.operand(normed), fc1, [{ name: fc1 }]);
  const output = await arithmetic.linear(arithmetic.rectifiedOperand(hidden), fc2, [{ name: fc2 }]);
  return graph.node('Add', [rows, output]);
}
