import { DECODER_TENSORS } from '#libs/prepared-model';
import type { GraphBuilder } from './graph-builder.js';
import type { GraphContext } from './layers.js';
import { type SlotMap, toRows, toSlots } from './slots.js';

export interface TreeInputs {
  readonly map: SlotMap;
  /** float32 `[B, 1, G, P]`. */
  readonly mask: string;
  /** int64 `[P, 1]`: the lengths that scores are split into. */
  readonly parts: string;
}

export function treeInputs(graph: GraphBuilder, map: SlotMap): TreeInputs {
  const mask = graph.input(DECODER_TENSORS.tree, 'float32', ['B', 1, 'G', 'P']);
  const poolLength = graph.node('Shape', [mask], { attributes: { start: 3, end: 4 } });
  const lengths = [poolLength, graph.integers([1])];
  return { map, mask, parts: graph.node('Concat', lengths, { attributes: { axis: 0 } }) };
}

/** `[R, modelDim]` each; the query already holds the factor 1/√D. */
export interface TreeRows {
  readonly query: string;
  readonly key: string;
  readonly value: string;
}

/**
 * Each row attends to its ancestors in the sentence's pool of nodes and to itself. The row's own key is not
 * in the pool yet, so the scores come in two parts under one softmax:
 *
 *     softmax([query · poolKeyᵀ + mask, query · key]) · [poolValue; value]
 *
 * The own part is computed on packed rows: it needs no other row. Its score stands last, so that however
 * much padding is before it, sums group alike.
 *
 * @returns `[R, modelDim]`
 */
export function attendToTree(
  { graph, checkpoint }: GraphContext,
  { query, key, value }: TreeRows,
  { map, mask, parts }: TreeInputs,
  layer: number,
): string {
  const { heads, headSize, modelDim } = checkpoint.shape;
  const axes = ['B', heads, 'P', headSize];
  const poolKey = graph.input(DECODER_TENSORS.poolKey(layer), 'float32', axes);
  const poolValue = graph.input(DECODER_TENSORS.poolValue(layer), 'float32', axes);
  const swap = { attributes: { perm: [0, 2, 1, 3] } };
  const rowHeads = graph.integers([0, heads, headSize]);

  const slotHeads = graph.integers([0, 0, heads, headSize]);
  const slotQuery = graph.node('Reshape', [toSlots(graph, map, query), slotHeads]);
  const headQuery = graph.node('Transpose', [slotQuery], swap);
  const product = graph.node('FusedMatMul', [headQuery, poolKey], {
    domain: 'com.microsoft',
    attributes: { transB: 1 },
  });
  const poolScore = graph.node('Add', [product, mask]);

  const ownScore = toHeads(graph, map, rowScore(graph, query, key, rowHeads));
  const scores = graph.node('Concat', [poolScore, ownScore], { attributes: { axis: -1 } });
  const probabilities = graph.node('Softmax', [scores], { attributes: { axis: -1 } });
  const { pool, own } = graph.nodes('Split', [probabilities, parts], ['pool', 'own'], {
    attributes: { axis: -1 },
  });

  const fromPool = graph.node('Transpose', [graph.node('MatMul', [pool, poolValue])], swap);
  const ownProbability = toRows(graph, map, graph.node('Transpose', [own], swap), [heads, 1]);
  const valueHeads = graph.node('Reshape', [value, rowHeads]);
  const fromOwn = graph.node('Mul', [ownProbability, valueHeads]);
  const sum = graph.node('Add', [toRows(graph, map, fromPool, [heads, headSize]), fromOwn]);
  return graph.node('Reshape', [sum, graph.integers([0, modelDim])]);
}

/** query · key of each row and head, `[R, H]`. */
function rowScore(graph: GraphBuilder, query: string, key: string, rowHeads: string): string {
  const products = graph.node('Reshape', [graph.node('Mul', [query, key]), rowHeads]);
  return graph.node('ReduceSum', [products, graph.integers([-1])], { attributes: { keepdims: 0 } });
}

/** `[R, H]` to `[B, H, G, 1]`. */
function toHeads(graph: GraphBuilder, map: SlotMap, rows: string): string {
  const swapped = graph.node('Transpose', [toSlots(graph, map, rows)], {
    attributes: { perm: [0, 2, 1] },
  });
  return graph.node('Unsqueeze', [swapped, graph.integers([-1])]);
}
