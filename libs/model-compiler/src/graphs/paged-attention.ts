import { PAGE_PLACES } from '#libs/domain';
import { PAGED_ATTENTION_TENSORS, type PagedAttentionKind } from '#libs/prepared-model';
import type { GraphBuilder } from './graph-builder.js';

/** The way of one attention's queries to the pages and back, see `PAGED_ATTENTION_TENSORS`. */
export interface PagedInputs {
  /** int32 `[N, H, G]`. */
  readonly query: string;
  /** int32 `[B, H, G, M]`. */
  readonly scorePage: string;
  /** int32 `[N, H, G]`. */
  readonly weightPage: string;
  /** int32 `[M, R, H]`. */
  readonly rowPage: string;
  /** float32 `[1, M]`. */
  readonly pageOnes: string;
}

export interface HeadShape {
  readonly heads: number;
  readonly headSize: number;
}

/** Declares the indices of one kind of attention; they serve every layer. */
export function pagedInputs(
  graph: GraphBuilder,
  kind: PagedAttentionKind,
  heads: number,
): PagedInputs {
  const names = PAGED_ATTENTION_TENSORS;
  // The axes of the two kinds are apart: each has pages of its own.
  const [pages, sentencePages] = [`${kind}_N`, `${kind}_M`];
  const rowPage = graph.input(names.rowPage(kind), 'int32', [sentencePages, 'R', heads]);
  return {
    query: graph.input(names.query(kind), 'int32', [pages, heads, 'G']),
    scorePage: graph.input(names.scorePage(kind), 'int32', ['B', heads, 'G', sentencePages]),
    weightPage: graph.input(names.weightPage(kind), 'int32', [pages, heads, 'G']),
    rowPage,
    pageOnes: graph.onesRow(rowPage),
  };
}

/** `[R, H·D]` queries to `[N, H, G, D]`: each page meets the queries of its sentence. */
export function queriesOfPages(
  graph: GraphBuilder,
  { query }: PagedInputs,
  rows: string,
  { headSize }: HeadShape,
): string {
  return gatherRows(graph, rows, headSize, query);
}

/** Scores `[N, H, G, C]` to `[B, H, G, M·C]`: the pages of a sentence side by side. */
export function sideBySide(
  graph: GraphBuilder,
  { scorePage }: PagedInputs,
  scores: string,
): string {
  const pages = gatherRows(graph, scores, PAGE_PLACES, scorePage);
  return graph.node('Reshape', [pages, graph.integers([0, 0, 0, -1])]);
}

/**
 * Values `[N, H, C, D]` weighed by `[B, H, G, M·C]`, to `[1, R·H·D]`. Pages that a sentence has not got are
 * page 0, which holds zeros. The parts are summed by a product with ones, which is exact, and ten times as fast as
 * ReduceSum.
 */
export function weighValues(
  graph: GraphBuilder,
  { weightPage, rowPage, pageOnes }: PagedInputs,
  [weights, values]: readonly [string, string],
  { headSize }: HeadShape,
): string {
  const pageWeights = gatherRows(graph, weights, PAGE_PLACES, weightPage);
  const parts = graph.node('MatMul', [pageWeights, values]);
  const rowParts = gatherRows(graph, parts, headSize, rowPage);
  const pagesApart = graph.node('Reshape', [rowParts, graph.integers([0, -1])]);
  return graph.node('MatMul', [pageOnes, pagesApart]);
}

/** Rows `[…, width]` of any tensor, in the order of an index. */
export function gatherRows(
  graph: GraphBuilder,
  tensor: string,
  width: number,
  index: string,
): string {
  const rows = graph.node('Reshape', [tensor, graph.integers([-1, width])]);
  return graph.node('Gather', [rows, index], { attributes: { axis: 0 } });
}

/**
 * Rows `[X, Y]` of a fused projection, head by head: `[X, H, Y]` rows of the projection seen as
 * `[rows · parts · H, D]`, all of its first part. Those of part n stand n · H further.
 */
export function rowsOfHeads(
  graph: GraphBuilder,
  rows: string,
  parts: number,
  heads: number,
): string {
  const first = graph.node('Mul', [rows, graph.integers([parts * heads])]);
  const apart = graph.node('Unsqueeze', [first, graph.integers([1])]);
  const numbers = graph.integers(Array.from({ length: heads }, (_, head) => head));
  const perHead = graph.node('Unsqueeze', [numbers, graph.integers([1])]);
  return graph.node('Add', [apart, perHead]);
}
