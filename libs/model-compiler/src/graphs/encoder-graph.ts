import { PAGE_PLACES } from '#libs/domain';
import { ENCODER_TENSORS } from '#libs/prepared-model';
import type { Graph } from '../onnx/onnx-model.js';
import { weightNames } from '../weight-names.js';
import { addAttended, attentionOperand, type AttentionSite, project } from './attention.js';
import { GraphBuilder } from './graph-builder.js';
import {
  embedTokens,
  feedForward,
  type GraphContext,
  graphContext,
  type GraphParts,
  layerNorm,
} from './layers.js';
import { gatherRows, rowsOfHeads } from './paged-attention.js';

/**
 * The encoder over packed source tokens, up to the cross-attention keys and values of every decoder layer.
 * Its inputs and outputs are documented with `ENCODER_TENSORS`.
 */
export async function buildEncoder(parts: GraphParts): Promise<Graph> {
  const graph = new GraphBuilder('encoder');
  const tokenId = graph.input(ENCODER_TENSORS.tokenId, 'int64', ['T']);
  const position = graph.input(ENCODER_TENSORS.position, 'int64', ['T']);
  const slotRow = graph.input(ENCODER_TENSORS.slotRow, 'int64', ['B', 'S']);
  const pageRow = graph.input(ENCODER_TENSORS.pageRow, 'int64', ['N', PAGE_PLACES]);
  const context = graphContext(parts, graph, tokenId);
  const { shape } = parts.checkpoint;
  let rows = await embedTokens(context, tokenId, position);
  const inputs: AttentionInputs = {
    places: rowsOfHeads(graph, slotRow, 3, shape.heads),
    rowPlace: graph.input(ENCODER_TENSORS.rowPlace, 'int32', ['T', shape.heads]),
    mask: graph.input(ENCODER_TENSORS.sourceMask, 'float32', ['B', 1, 1, 'S']),
  };
  for (let layer = 0; layer < shape.encoderLayers; layer++) {
    rows = await selfAttention(context, rows, inputs, layer);
    rows = await feedForward(context, rows, 'encoder', layer);
  }
  const states = await layerNorm(context, rows, weightNames.finalNorm('encoder'));
  const operand = context.arithmetic.operand(states);
  const keyRows = rowsOfHeads(graph, pageRow, 2, shape.heads);
  const valueRows = graph.node('Add', [keyRows, graph.integers([shape.heads])]);
  for (let layer = 0; layer < shape.decoderLayers; layer++) {
    const site: AttentionSite = { side: 'decoder', layer, attention: 'encoder_attn' };
    const fused = await project(context, operand, site, ['k_proj', 'v_proj']);
    outputPages(context, fused, [keyRows, valueRows], layer);
  }
  return graph.build();
}

interface AttentionInputs {
  /** int64 `[B, H, S]`: the query of each place and head, in the fused projection `[T, 3H]`. */
  readonly places: string;
  /** int32 `[T, H]`: the place of each row and head, in `[B, H, S]`. */
  readonly rowPlace: string;
  /** float32 `[B, 1, 1, S]`. */
  readonly mask: string;
}

/** The rows plus the answer of a layer's self-attention to them. */
async function selfAttention(
  context: GraphContext,
  rows: string,
  { places, rowPlace, mask }: AttentionInputs,
  layer: number,
): Promise<string> {
  const { graph, checkpoint } = context;
  const { heads, headSize, modelDim } = checkpoint.shape;
  const site: AttentionSite = { side: 'encoder', layer, attention: 'self_attn' };
  const operand = await attentionOperand(context, rows, site);
  const names = ['q_proj', 'k_proj', 'v_proj'] as const;
  const fused = await project(context, operand, site, names, headSize ** -0.5);
  const [query, key, value] = [0, heads, 2 * heads].map((first) => {
    const index = first === 0 ? places : graph.node('Add', [places, graph.integers([first])]);
    return gatherRows(graph, fused, headSize, index);
  }) as [string, string, string];
  const product = graph.node('FusedMatMul', [query, key], {
    domain: 'com.microsoft',
    attributes: { transB: 1 },
  });
  const weights = graph.node('Softmax', [graph.node('Add', [product, mask])], {
    attributes: { axis: -1 },
  });
  const found = gatherRows(graph, graph.node('MatMul', [weights, value]), headSize, rowPlace);
  const attended = graph.node('Reshape', [found, graph.integers([0, modelDim])]);
  return addAttended(context, rows, attended, site);
}

/**
 * Makes a layer's outputs of its fused projections `[T, 2 · modelDim]`: keys `[N, H, D, C]`, as the product
 * with queries wants them, and values `[N, H, C, D]`.
 */
function outputPages(
  { graph, checkpoint }: GraphContext,
  fused: string,
  [keyRows, valueRows]: readonly [string, string],
  layer: number,
): void {
  const { heads, headSize } = checkpoint.shape;
  const [keys, values] = [ENCODER_TENSORS.crossKey(layer), ENCODER_TENSORS.crossValue(layer)];
  graph.node('Transpose', [gatherRows(graph, fused, headSize, keyRows)], {
    attributes: { perm: [0, 1, 3, 2] },
    output: keys,
  });
  graph.output(keys, 'float32', ['N', heads, headSize, PAGE_PLACES]);
  graph.node('Identity', [gatherRows(graph, fused, headSize, valueRows)], { output: values });
  graph.output(values, 'float32', ['N', heads, PAGE_PLACES, headSize]);
}
