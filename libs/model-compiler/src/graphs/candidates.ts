import { assertInvariant } from '#libs/domain';
import { DECODER_TENSORS } from '#libs/prepared-model';
import { ELEMENT_TYPES } from '../onnx/onnx-model.js';
import type { LogitBlock, VocabularyLogits } from './arithmetic.js';
import type { BranchMaker, GraphBuilder } from './graph-builder.js';

const LAST_AXIS = { attributes: { axis: -1 } };
const SECOND_AXIS = { attributes: { start: 1, end: 2 } };

export interface CandidateInputs {
  /** int64 `[1]`. */
  readonly count: string;
  /** bool scalar. */
  readonly wantsProbabilities: string;
}

/**
 * The best K tokens of each row. Where probabilities are wanted, with their log-probabilities and the row's
 * normaliser: the logarithm of the sum of the exponentials of all logits. Greedy search looks at logits alone; the
 * normaliser is then zero, and all that leads to it left out.
 *
 * A row's scale changes no order, so only the best are multiplied with it.
 */
export function outputCandidates(
  graph: GraphBuilder,
  logits: VocabularyLogits,
  { count, wantsProbabilities }: CandidateInputs,
): void {
  const { blocks, rowScale } = logits;
  const [first] = blocks;
  assertInvariant(first !== undefined, 'the vocabulary has no tokens');
  // Computed at run time: onnxruntime cannot save a branch with a constant.
  const zeros = graph.column(first.values);
  const whereWanted = (make: BranchMaker): string =>
    graph.choose(wantsProbabilities, [make, (branch) => branch.node('Identity', [zeros])], {
      type: 'float32',
      axes: ['Q', 1],
    });
  // The maxima of a block's runs and its normaliser while it is in the cache.
  const read = blocks.map((block) => {
    const runs = graph.node('Reshape', [block.values, graph.integers([0, -1, logits.runTokens])]);
    return {
      block,
      runs,
      highest: graph.node('ReduceMax', [runs, graph.integers([-1])], {
        attributes: { keepdims: 0 },
      }),
      logNormalizer: whereWanted((branch) =>
        logSumExp(branch, scaled(branch, block.values, rowScale)),
      ),
    };
  });
  const best = findBest(graph, logits.runTokens, read, count);
  const logNormalizer = whereWanted((branch) =>
    logSumExp(
      branch,
      concatenate(
        branch,
        read.map((block) => block.logNormalizer),
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

/** A block's logits, cut into runs. */
interface BlockRuns {
  readonly block: LogitBlock;
  /** float32 `[Q, runs, tokens]`. */
  readonly runs: string;
  /** float32 `[Q, runs]`: the maximum of each. */
  readonly highest: string;
}

/**
 * The best tokens `[Q, K]`, falling, of equal ones the lower first. TopK looks at one token after the other, ReduceMax
 * at many at once: it finds as many runs as tokens are wanted, and TopK looks at no others. A token outside of them is
 * no better than the best of each, nor lower where it is as good.
 */
function findBest(
  graph: GraphBuilder,
  runTokens: number,
  blocks: readonly BlockRuns[],
  count: string,
): { readonly value: string; readonly tokenId: string } {
  const highest = concatenate(
    graph,
    blocks.map((block) => block.highest),
  );
  const runCount = graph.node('Min', [count, graph.node('Shape', [highest], SECOND_AXIS)]);
  const best = topK(graph, highest, runCount).place;
  // In the order of the vocabulary: of equal values TopK takes the first.
  const run = topK(graph, best, runCount, 'rising').value;
  const tokens = gatherRuns(graph, runTokens, blocks, run);
  const { value, place } = topK(graph, tokens, count);
  // A token's place among the runs found, to its place among all.
  const length = graph.integers([runTokens]);
  const rank = graph.node('Div', [place, length]);
  const ownRun = graph.node('GatherElements', [run, rank], LAST_AXIS);
  const skipped = graph.node('Mul', [graph.node('Sub', [ownRun, rank]), length]);
  return { value, tokenId: graph.node('Add', [place, skipped]) };
}

/** Runs `[Q, n]` of the vocabulary to their logits `[Q, n · tokens]`, each from its block. */
function gatherRuns(
  graph: GraphBuilder,
  runTokens: number,
  blocks: readonly BlockRuns[],
  run: string,
): string {
  const index = graph.node('Unsqueeze', [run, graph.integers([2])]);
  const found = blocks.reduce<string | undefined>((before, { block, runs }) => {
    const first = block.firstTokenId / runTokens;
    const own = graph.node('Clip', [
      graph.node('Sub', [index, graph.integers([first])]),
      graph.integer(0),
      graph.integer(block.tokens / runTokens - 1),
    ]);
    const here = graph.node('GatherND', [runs, own], { attributes: { batch_dims: 1 } });
    if (before === undefined) return here;
    const isBefore = graph.node('Less', [index, graph.integers([first])]);
    return graph.node('Where', [isBefore, before, here]);
  }, undefined);
  assertInvariant(found !== undefined, 'the vocabulary has no tokens');
  return graph.node('Reshape', [found, graph.integers([0, -1])]);
}

function topK(
  graph: GraphBuilder,
  values: string,
  count: string,
  order: 'falling' | 'rising' = 'falling',
): Record<'value' | 'place', string> {
  const attributes = { axis: -1, largest: order === 'falling' ? 1 : 0 };
  return graph.nodes('TopK', [values, count], ['value', 'place'], { attributes });
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
