import { DECODER_TENSORS } from '#libs/prepared-model';
import { ELEMENT_TYPES } from '../onnx/onnx-model.js';
import type { LogitBlock } from './arithmetic.js';
import type { GraphBuilder } from './graph-builder.js';

const LAST_AXIS = { attributes: { axis: -1 } };

/** The best of some tokens, and their normaliser. */
interface BestTokens {
  /** float32 `[R, K]`, falling. */
  readonly logit: string;
  /** int64 `[R, K]`. */
  readonly tokenId: string;
  /** float32 `[R, 1]`: the logarithm of the sum of the exponentials of all logits. */
  readonly logNormalizer: string;
}

/**
 * The best K tokens of each row, with their log-probabilities, and the row's normaliser. Each block has its
 * own, and the best of the blocks' best are the best of all. Of equal logits the lower token comes first: in
 * a block by TopK's rule, between blocks since they stand in order.
 */
export function outputCandidates(
  graph: GraphBuilder,
  blocks: readonly LogitBlock[],
  count: string,
): void {
  const { logit, tokenId, logNormalizer } = mergeBest(
    graph,
    blocks.map((block) => findBest(graph, block, count)),
    count,
  );
  const names = DECODER_TENSORS;
  graph.node('Sub', [logit, logNormalizer], { output: names.candidateLogProbability });
  graph.node('Cast', [tokenId], {
    attributes: { to: ELEMENT_TYPES.int32 },
    output: names.candidateTokenId,
  });
  graph.node('Identity', [logNormalizer], { output: names.logNormalizer });
  graph.output(names.candidateLogProbability, 'float32', ['R', 'K']);
  graph.output(names.candidateTokenId, 'int32', ['R', 'K']);
  graph.output(names.logNormalizer, 'float32', ['R', 1]);
}

function findBest(
  graph: GraphBuilder,
  { logits, firstTokenId, tokens }: LogitBlock,
  count: string,
): BestTokens {
  // A search wants a few; who checks the graph wants all, which are more than a block has.
  const blockCount = graph.node('Min', [count, graph.integers([tokens])]);
  const { logit, place } = graph.nodes('TopK', [logits, blockCount], ['logit', 'place'], LAST_AXIS);
  const tokenId =
    firstTokenId === 0 ? place : graph.node('Add', [place, graph.integers([firstTokenId])]);
  return { logit, tokenId, logNormalizer: logSumExp(graph, logits) };
}

function mergeBest(graph: GraphBuilder, blocks: readonly BestTokens[], count: string): BestTokens {
  const [only, ...others] = blocks;
  if (only !== undefined && others.length === 0) return only;
  const concatenate = (names: readonly string[]): string => graph.node('Concat', names, LAST_AXIS);
  const logits = concatenate(blocks.map(({ logit }) => logit));
  const tokenIds = concatenate(blocks.map(({ tokenId }) => tokenId));
  const normalizers = concatenate(blocks.map(({ logNormalizer }) => logNormalizer));
  const { logit, place } = graph.nodes('TopK', [logits, count], ['logit', 'place'], LAST_AXIS);
  return {
    logit,
    tokenId: graph.node('GatherElements', [tokenIds, place], LAST_AXIS),
    logNormalizer: logSumExp(graph, normalizers),
  };
}

/**
 * `[R, n]` to `[R, 1]`: log Σ exp zᵢ = z₀ − logSoftmax(z)₀. ReduceLogSumExp would take four times as long as the
 * whole of LogSoftmax.
 */
function logSumExp(graph: GraphBuilder, values: string): string {
  const shares = graph.node('LogSoftmax', [values], LAST_AXIS);
  return graph.node('Sub', [firstColumn(graph, values), firstColumn(graph, shares)]);
}

/** The first column, `[R, n]` to `[R, 1]`. */
function firstColumn(graph: GraphBuilder, matrix: string): string {
  return graph.node('Slice', [matrix, ...[0, 1, 1].map((value) => graph.integers([value]))]);
}
