import { PAGE_PLACES } from '#libs/domain';
import { ENCODER_TENSORS } from '#libs/prepared-model';
import type { Graph } from '../onnx/onnx-model.js';
import { weightNames } from '../weight-names.js';
import {
  addAttended,
  attendToSource,
  attentionOperand,
  type AttentionSite,
  project,
} from './attention.js';
import { GraphBuilder } from './graph-builder.js';
import {
  embedTokens,
  feedForward,
  type GraphContext,
  graphContext,
  type GraphParts,
  layerNorm,
} from './layers.js';
import { type SlotMap, toRows, toSlots } from './slots.js';

/**
 * The encoder over packed source tokens, up to the cross-attention keys and values of every decoder layer.
 * Its inputs and outputs are documented with `ENCODER_TENSORS`.
 */
export async function buildEncoder(parts: GraphParts): Promise<Graph> {
  const graph = new GraphBuilder('encoder');
  const tokenId = graph.input(ENCODER_TENSORS.tokenId, 'int64', ['T']);
  const position = graph.input(ENCODER_TENSORS.position, 'int64', ['T']);
  const map: SlotMap = {
    slotRow: graph.input(ENCODER_TENSORS.slotRow, 'int64', ['B', 'S']),
    rowSlot: graph.input(ENCODER_TENSORS.rowSlot, 'int64', ['T']),
  };
  const sourceMask = graph.input(ENCODER_TENSORS.sourceMask, 'int32', ['B', 'S']);
  const pageRow = graph.input(ENCODER_TENSORS.pageRow, 'int32', ['N', PAGE_PLACES]);
  const context = graphContext(parts, graph, tokenId);
  const { shape } = parts.checkpoint;
  let rows = await embedTokens(context, tokenId, position);
  for (let layer = 0; layer < shape.encoderLayers; layer++) {
    rows = await selfAttention(context, rows, { map, sourceMask, layer });
    rows = await feedForward(context, rows, 'encoder', layer);
  }
  const states = await layerNorm(context, rows, weightNames.finalNorm('encoder'));
  const operand = context.arithmetic.operand(states);
  for (let layer = 0; layer < shape.decoderLayers; layer++) {
    const site: AttentionSite = { side: 'decoder', layer, attention: 'encoder_attn' };
    const fused = await project(context, operand, site, ['k_proj', 'v_proj']);
    const { k, v } = graph.nodes('Split', [fused], ['k', 'v'], {
      attributes: { axis: -1, num_outputs: 2 },
    });
    outputKeyPages(context, pageRow, k, ENCODER_TENSORS.crossKey(layer));
    outputValuePages(context, pageRow, v, ENCODER_TENSORS.crossValue(layer));
  }
  return graph.build();
}

/** The rows plus the answer of a layer's self-attention to them. */
async function selfAttention(
  context: GraphContext,
  rows: string,
  { map, sourceMask, layer }: { map: SlotMap; sourceMask: string; layer: number },
): Promise<string> {
  const { graph, checkpoint } = context;
  const site: AttentionSite = { side: 'encoder', layer, attention: 'self_attn' };
  const operand = await attentionOperand(context, rows, site);
  const fused = await project(context, operand, site, ['q_proj', 'k_proj', 'v_proj']);
  const { q, k, v } = graph.nodes('Split', [toSlots(graph, map, fused)], ['q', 'k', 'v'], {
    attributes: { axis: -1, num_outputs: 3 },
  });
  const attended = attendToSource(context, [q, k, v], sourceMask);
  const attendedRows = toRows(graph, map, attended, [checkpoint.shape.modelDim]);
  return addAttended(context, rows, attendedRows, site);
}

/** Makes an output `[N, H, D, C]` of rows `[T, modelDim]`: as the product with queries wants the keys. */
function outputKeyPages(
  { graph, checkpoint }: GraphContext,
  pageRow: string,
  rows: string,
  output: string,
): void {
  const { heads, headSize } = checkpoint.shape;
  const pages = graph.node('Gather', [rows, pageRow], { attributes: { axis: 0 } });
  const turned = graph.node('Transpose', [pages], { attributes: { perm: [0, 2, 1] } });
  const split = graph.integers([0, heads, headSize, PAGE_PLACES]);
  graph.node('Reshape', [turned, split], { output });
  graph.output(output, 'float32', ['N', heads, headSize, PAGE_PLACES]);
}

/** Makes an output `[N, H, C, D]` of rows `[T, modelDim]`. */
function outputValuePages(
  { graph, checkpoint }: GraphContext,
  pageRow: string,
  rows: string,
  output: string,
): void {
  const { heads, headSize } = checkpoint.shape;
  const pages = graph.node('Gather', [rows, pageRow], { attributes: { axis: 0 } });
  const split = graph.integers([0, 0, heads, headSize]);
  const headsApart = graph.node('Reshape', [pages, split]);
  graph.node('Transpose', [headsApart], { attributes: { perm: [0, 2, 1, 3] }, output });
  graph.output(output, 'float32', ['N', heads, PAGE_PLACES, headSize]);
}
