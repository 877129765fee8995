import { PAGE_PLACES } from '#libs/domain';
import { DECODER_TENSORS } from '#libs/prepared-model';
import type { GraphBuilder } from './graph-builder.js';
import type { GraphContext } from './layers.js';
import {
  gatherRows,
  type PagedInputs,
  pagedInputs,
  queriesOfPages,
  sideBySide,
  weighValues,
} from './paged-attention.js';

export interface TreeInputs {
  readonly pool: PagedInputs;
  /** float32 `[B, 1, G, M·C]`. */
  readonly mask: string;
  /** int32 `[B, H, G]`. */
  readonly ownQuery: string;
  /** int32 `[R, H]`. */
  readonly ownSlot: string;
  /** int64 `[2]`: the lengths that scores are split into. */
  readonly parts: string;
}

export function treeInputs(graph: GraphBuilder, heads: number): TreeInputs {
  const pool = pagedInputs(graph, 'pool', heads);
  const mask = graph.input(DECODER_TENSORS.tree, 'float32', ['B', 1, 'G', 'pool_places']);
  const places = graph.node('Shape', [mask], { attributes: { start: 3, end: 4 } });
  return {
    pool,
    mask,
    ownQuery: graph.input(DECODER_TENSORS.ownQuery, 'int32', ['B', heads, 'G']),
    ownSlot: graph.input(DECODER_TENSORS.ownSlot, 'int32', ['R', heads]),
    parts: graph.node('Concat', [places, graph.integers([1])], { attributes: { axis: 0 } }),
  };
}

/** `[R, H, D]` each; the query already holds the factor 1/√D. */
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
  rows: TreeRows,
  inputs: TreeInputs,
  layer: number,
): string {
  const { shape } = checkpoint;
  const { pool, mask, ownSlot, parts } = inputs;
  const axes = ['pool_N', shape.heads, PAGE_PLACES, shape.headSize];
  const poolKey = graph.input(DECODER_TENSORS.poolKey(layer), 'float32', axes);
  const poolValue = graph.input(DECODER_TENSORS.poolValue(layer), 'float32', axes);

  const product = graph.node(
    'FusedMatMul',
    [queriesOfPages(graph, pool, rows.query, shape), poolKey],
    { domain: 'com.microsoft', attributes: { transB: 1 } },
  );
  const poolScore = graph.node('Add', [sideBySide(graph, pool, product), mask]);
  const scores = graph.node('Concat', [poolScore, ownScore(graph, rows, inputs)], {
    attributes: { axis: -1 },
  });
  const weights = graph.node('Softmax', [scores], { attributes: { axis: -1 } });
  const split = graph.nodes('Split', [weights, parts], ['pool', 'own'], {
    attributes: { axis: -1 },
  });

  const found = weighValues(graph, pool, [split.pool, poolValue], shape);
  const fromPool = graph.node('Reshape', [
    found,
    graph.integers([-1, shape.heads, shape.headSize]),
  ]);
  const ownWeight = gatherRows(graph, split.own, 1, ownSlot);
  const fromOwn = graph.node('Mul', [rows.value, ownWeight]);
  const sum = graph.node('Add', [fromPool, fromOwn]);
  return graph.node('Reshape', [sum, graph.integers([0, shape.modelDim])]);
}

/** query · key of each row and head, `[B, H, G, 1]`. */
function ownScore(graph: GraphBuilder, { query, key }: TreeRows, { ownQuery }: TreeInputs): string {
  const products = graph.node('Mul', [query, key]);
  const scores = graph.node('ReduceSum', [products, graph.integers([-1])], {
    attributes: { keepdims: 0 },
  });
  return gatherRows(graph, scores, 1, ownQuery);
}
