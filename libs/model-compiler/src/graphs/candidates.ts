import { assertInvariant } from '#libs/domain';
import { DECODER_TENSORS } from '#libs/prepared-model';
import { ELEMENT_TYPES } from '../onnx/onnx-model.js';
import type { LogitBlock, VocabularyLogits } from './arithmetic.js';
import type { BranchMaker, GraphBuilder } from './graph-builder.js';

const LAST_AXIS = { attributes: { axis: -1 } };

export interface CandidateInputs {
  /** int64 `[1]`. */
  readonly count: string;
  /** bool scalar. */
  readonly wantsProbabilities: string;
}

/** The best of some tokens. */
interface BestTokens {
  /** float32 `[Q, K]`, falling. */
  readonly value: string;
  /** int64 `[Q, K]`. */
  readonly tokenId: string;
}

/**
 * The best K tokens of each row. Where probabilities are wanted, with their log-probabilities and the row's
 * normaliser: the logarithm of the sum of the exponentials of all logits. Greedy search looks at logits alone; the
 * normaliser is then zero, and all that leads to it left out.
 *
 * Each block has its best and its normaliser, and the best of the blocks' best are the best of all. A row's scale
 * changes no order, so only the best are multiplied with it. Of equal ones the lower token comes first: in a block by
 * TopK's rule, between blocks since they stand in order.
 */
export function outputCandidates(
  graph: GraphBuilder,
  { blocks, rowScale }: VocabularyLogits,
  { count, wantsProbabilities }: CandidateInputs,
): void {
  const [first] = blocks;
  assertInvariant(first !== undefined, 'the vocabulary has no tokens');
  // Computed at run time: onnxruntime cannot save a branch with a constant.
  const zeros = graph.column(first.values);
  const whereWanted = (make: BranchMaker): string =>
    graph.choose(wantsProbabilities, [make, (branch) => branch.node('Identity', [zeros])], {
      type: 'float32',
      axes: ['Q', 1],
    });
  // A block's best and its normaliser while it is in the cache.
  const found = blocks.map((block) => ({
    best: findBest(graph, block, count),
    logNormalizer: whereWanted((branch) =>
      logSumExp(branch, scaled(branch, block.values, rowScale)),
    ),
  }));
  const best = mergeBest(
    graph,
    found.map((block) => block.best),
    count,
  );
  const logNormalizer = whereWanted((branch) =>
    logSumExp(
      branch,
      concatenate(
        branch,
        found.map((block) => block.logNormalizer),
      ),
    ),
  );
  const logit = scaled(graph, best.value, rowScale);
  const names = DECODER_TENSORS;
  graph.node('Sub', [logit, logNormalizer], { output: names.candidateLogProbability });
  graph.node('Cast', [best.tokenId], {
    attributes: { to: ELEMENT_TYPES.int32 },
    output: names.candidateTokenId,
  });
  graph.node('Identity', [logNormalizer], { output: names.logNormalizer });
  graph.output(names.candidateLogProbability, 'float32', ['Q', 'K']);
  graph.output(names.candidateTokenId, 'int32', ['Q', 'K']);
  graph.output(names.logNormalizer, 'float32', ['Q', 1]);
}

function scaled(graph: GraphBuilder, values: string, rowScale: string | undefined): string {
  return rowScale === undefined ? values : graph.node('Mul', [values, rowScale]);
}

function findBest(
  graph: GraphBuilder,
  { values, firstTokenId, tokens }: LogitBlock,
  count: string,
): BestTokens {
  // A search wants a few; who checks the graph wants all, which are more than a block has.
  const blockCount = graph.node('Min', [count, graph.integers([tokens])]);
  const { value, place } = graph.nodes('TopK', [values, blockCount], ['value', 'place'], LAST_AXIS);
  const tokenId =
    firstTokenId === 0 ? place : graph.node('Add', [place, graph.integers([firstTokenId])]);
  return { value, tokenId };
}

function mergeBest(graph: GraphBuilder, blocks: readonly BestTokens[], count: string): BestTokens {
  const [only, ...others] = blocks;
  if (only !== undefined && others.length === 0) return only;
  const values = concatenate(
    graph,
    blocks.map((block) => block.value),
  );
  const tokenIds = concatenate(
    graph,
    blocks.map((block) => block.tokenId),
  );
  const { value, place } = graph.nodes('TopK', [values, count], ['value', 'place'], LAST_AXIS);
  return { value, tokenId: graph.node('GatherElements', [tokenIds, place], LAST_AXIS) };
}

function concatenate(graph: GraphBuilder, names: readonly string[]): string {
  return graph.node('Concat', names, LAST_AXIS);
}

/**
 * `[Q, n]` to `[Q, 1]`: log Σ exp zᵢ = z₀ − logSoftmax(z)₀. ReduceLogSumExp would take four times as long as the
 * whole of LogSoftmax.
 */
function logSumExp(graph: GraphBuilder, values: string): string {
  const shares = graph.node('LogSoftmax', [values], LAST_AXIS);
  return graph.node('Sub', [firstColumn(graph, values), firstColumn(graph, shares)]);
}

/** The first column, `[Q, n]` to `[Q, 1]`. */
function firstColumn(graph: GraphBuilder, matrix: string): string {
  return graph.node('Slice', [matrix, ...[0, 1, 1].map((value) => graph.integers([value]))]);
}
