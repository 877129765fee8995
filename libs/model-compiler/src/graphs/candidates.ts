import { DECODER_TENSORS } from '#libs/prepared-model';
import { ELEMENT_TYPES } from '../onnx/onnx-model.js';
import type { GraphBuilder } from './graph-builder.js';

/**
 * The best K tokens of each row of logits `[R, vocabulary]`, with their log-probabilities, and the row's
 * normaliser. LogSoftmax and TopK together take a quarter of what ReduceLogSumExp alone would.
 */
export function outputCandidates(graph: GraphBuilder, logits: string, count: string): void {
  const lastAxis = { attributes: { axis: -1 } };
  const logProbabilities = graph.node('LogSoftmax', [logits], lastAxis);
  const { logProbability, tokenId } = graph.nodes(
    'TopK',
    [logProbabilities, count],
    ['logProbability', 'tokenId'],
    lastAxis,
  );
  const first = [0, 1, 1].map((value) => graph.integers([value]));
  const bestTokenId = graph.node('Slice', [tokenId, ...first]);
  const bestLogProbability = graph.node('Slice', [logProbability, ...first]);
  const bestLogit = graph.node('GatherElements', [logits, bestTokenId], lastAxis);
  const names = DECODER_TENSORS;
  graph.node('Sub', [bestLogit, bestLogProbability], { output: names.logNormalizer });
  graph.node('Cast', [tokenId], {
    attributes: { to: ELEMENT_TYPES.int32 },
    output: names.candidateTokenId,
  });
  graph.node('Identity', [logProbability], { output: names.candidateLogProbability });
  graph.output(names.candidateLogProbability, 'float32', ['R', 'K']);
  graph.output(names.candidateTokenId, 'int32', ['R', 'K']);
  graph.output(names.logNormalizer, 'float32', ['R', 1]);
}
