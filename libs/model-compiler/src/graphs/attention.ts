import { type Attention, type Projection, type Side, weightNames } from '../weight-names.js';
import type { LinearOperand } from './arithmetic.js';
import { type GraphContext, layerNorm } from './layers.js';

/** One attention block of the model. */
export interface AttentionSite {
  readonly side: Side;
  readonly layer: number;
  readonly attention: Attention;
}

/** The block's normed input, ready for its projections. */
export async function attentionOperand(
  context: GraphContext,
  rows: string,
  { side, layer, attention }: AttentionSite,
): Promise<LinearOperand> {
  const norm = weightNames.attentionNorm(side, layer, attention);
  return context.arithmetic.operand(await layerNorm(context, rows, norm));
}

/** `[rows, n · modelDim]`: n projections as one product. `queryFactor` multiplies the query's. */
export function project(
  { arithmetic }: GraphContext,
  operand: LinearOperand,
  { side, layer, attention }: AttentionSite,
  projections: readonly Projection[],
  queryFactor = 1,
): Promise<string> {
  const block = weightNames.attention(side, layer, attention);
  const layers = projections.map((projection) => ({
    name: `${block}.${projection}`,
    factor: projection === 'q_proj' ? queryFactor : 1,
  }));
  return arithmetic.linear(operand, `${block}.${projections.join('+')}`, layers);
}

/** `rows` plus the output projection of what the block attended to, `[rows, modelDim]`. */
export async function addAttended(
  context: GraphContext,
  rows: string,
  attended: string,
  site: AttentionSite,
): Promise<string> {
  const operand = context.arithmetic.operand(attended);
  const output = await project(context, operand, site, ['out_proj']);
  return context.graph.node('Add', [rows, output]);
}
