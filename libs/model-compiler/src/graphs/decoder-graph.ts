import { PAGE_PLACES } from '#libs/domain';
import { DECODER_TENSORS } from '#libs/prepared-model';
import type { Graph } from '../onnx/onnx-model.js';
import { weightNames } from '../weight-names.js';
import { addAttended, attentionOperand, type AttentionSite, project } from './attention.js';
import { type CandidateInputs, outputCandidates } from './candidates.js';
import { GraphBuilder } from './graph-builder.js';
import {
  embedTokens,
  feedForward,
  type GraphContext,
  graphContext,
  type GraphParts,
  layerNorm,
} from './layers.js';
import {
  type PagedInputs,
  pagedInputs,
  queriesOfPages,
  sideBySide,
  weighValues,
} from './paged-attention.js';
import { attendToTree, type TreeInputs, treeInputs } from './tree-attention.js';

/**
 * The layer whose attention to the source tells best which words belong together: the last but one (Garg et al.
 * 2019, "Jointly Learning to Align and Translate", of six layers); of two it is the last, as measured on the
 * demo model (docs/decisions/0020).
 */
function alignmentLayer(decoderLayers: number): number {
  return decoderLayers <= 2 ? decoderLayers - 1 : decoderLayers - 2;
}

/**
 * One decoder step over packed beams. Its inputs and outputs are documented with `DECODER_TENSORS`.
 */
export async function buildDecoder(parts: GraphParts): Promise<Graph> {
  const graph = new GraphBuilder('decoder');
  const tokenId = graph.input(DECODER_TENSORS.tokenId, 'int64', ['R']);
  const position = graph.input(DECODER_TENSORS.position, 'int64', ['R']);
  const { heads, decoderLayers } = parts.checkpoint.shape;
  const tree = treeInputs(graph, heads);
  const source: SourceInputs = {
    pages: pagedInputs(graph, 'cross', heads),
    mask: graph.input(DECODER_TENSORS.sourceMask, 'float32', ['B', 1, 1, 'cross_places']),
  };
  const candidateRow = graph.input(DECODER_TENSORS.candidateRow, 'int64', ['Q']);
  const candidates: CandidateInputs = {
    count: graph.input(DECODER_TENSORS.candidateCount, 'int64', [1]),
    wantsProbabilities: graph.input(DECODER_TENSORS.wantsProbabilities, 'bool', []),
  };
  const context = graphContext(parts, graph, tokenId);
  let rows = await embedTokens(context, tokenId, position);
  for (let layer = 0; layer < decoderLayers; layer++) {
    rows = await selfAttention(context, rows, tree, layer);
    const cross = await crossAttention(context, rows, source, layer);
    if (layer === alignmentLayer(decoderLayers)) outputSourceAttention(graph, cross.weights);
    rows = cross.rows;
    rows = await feedForward(context, rows, 'decoder', layer);
  }
  const wanted = graph.node('Gather', [rows, candidateRow], { attributes: { axis: 0 } });
  const last = graphContext(parts, graph, candidateRow);
  const states = await layerNorm(last, wanted, weightNames.finalNorm('decoder'));
  const logits = await last.arithmetic.vocabularyLogits(last.arithmetic.operand(states));
  outputCandidates(graph, logits, candidates);
  return graph.build();
}

/** The rows plus the answer of a layer's self-attention. The rows' own keys and values are outputs. */
async function selfAttention(
  context: GraphContext,
  rows: string,
  tree: TreeInputs,
  layer: number,
): Promise<string> {
  const { graph, checkpoint } = context;
  const site: AttentionSite = { side: 'decoder', layer, attention: 'self_attn' };
  const operand = await attentionOperand(context, rows, site);
  const { heads, headSize } = checkpoint.shape;
  const names = ['q_proj', 'k_proj', 'v_proj'] as const;
  const fused = await project(context, operand, site, names, headSize ** -0.5);
  const headRows = graph.node('Reshape', [fused, graph.integers([0, 3 * heads, headSize])]);
  const outputs = { key: DECODER_TENSORS.newKey(layer), value: DECODER_TENSORS.newValue(layer) };
  const attributes = { axis: 1, num_outputs: 3 };
  const parts = ['query', 'key', 'value'] as const;
  const own = graph.nodes('Split', [headRows], parts, { attributes }, outputs);
  for (const output of [own.key, own.value])
    graph.output(output, 'float32', ['R', heads, headSize]);
  const attended = attendToTree(context, own, tree, layer);
  return addAttended(context, rows, attended, site);
}

interface SourceInputs {
  readonly pages: PagedInputs;
  /** float32 `[B, 1, 1, M·C]`. */
  readonly mask: string;
}

/**
 * The rows plus the answer of a layer's attention to the source, and its weights `[B, H, G, M·C]`. The beams of
 * a sentence share its keys and values.
 */
async function crossAttention(
  context: GraphContext,
  rows: string,
  { pages, mask }: SourceInputs,
  layer: number,
): Promise<{ rows: string; weights: string }> {
  const { graph, checkpoint } = context;
  const { shape } = checkpoint;
  const { heads, headSize, modelDim } = shape;
  const [keyName, valueName] = [DECODER_TENSORS.crossKey(layer), DECODER_TENSORS.crossValue(layer)];
  const key = graph.input(keyName, 'float32', ['cross_N', heads, headSize, PAGE_PLACES]);
  const value = graph.input(valueName, 'float32', ['cross_N', heads, PAGE_PLACES, headSize]);
  const site: AttentionSite = { side: 'decoder', layer, attention: 'encoder_attn' };
  const operand = await attentionOperand(context, rows, site);
  const query = await project(context, operand, site, ['q_proj'], headSize ** -0.5);
  const product = graph.node('MatMul', [queriesOfPages(graph, pages, query, shape), key]);
  const scores = graph.node('Add', [sideBySide(graph, pages, product), mask]);
  const weights = graph.node('Softmax', [scores], { attributes: { axis: -1 } });
  const found = weighValues(graph, pages, [weights, value], shape);
  const attended = graph.node('Reshape', [found, graph.integers([-1, modelDim])]);
  return { rows: await addAttended(context, rows, attended, site), weights };
}

/** Weights `[B, H, G, M·C]` to the mean of their heads. */
function outputSourceAttention(graph: GraphBuilder, weights: string): void {
  const output = DECODER_TENSORS.sourceAttention;
  graph.node('ReduceMean', [weights, graph.integers([1])], { attributes: { keepdims: 0 }, output });
  graph.output(output, 'float32', ['B', 'G', 'cross_places']);
}
