import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { DECODER_TENSORS } from '#libs/prepared-model';
import { outputCandidates } from '../../libs/model-compiler/src/graphs/candidates.js';
import { GraphBuilder } from '../../libs/model-compiler/src/graphs/graph-builder.js';
import { encodeModel } from '../../libs/model-compiler/src/onnx/onnx-model.js';

const VOCABULARY = 98;
/** One run of all tokens leaves TopK to itself. */
const NO_RUNS = VOCABULARY;
const RUN_TOKENS = 7;
const CANDIDATES = 8;

interface Candidates {
  readonly tokenIds: number[];
  readonly logProbabilities: number[];
  readonly logNormalizers: number[];
}

/** A graph that cuts values into blocks that begin at `starts`, and finds the candidates of all. */
async function openGraph(
  starts: readonly number[],
  runTokens = RUN_TOKENS,
): Promise<InferenceSession> {
  const graph = new GraphBuilder('candidates');
  const values = graph.input('values', 'float32', ['R', VOCABULARY]);
  const rowScale = graph.input('row_scale', 'float32', ['R', 1]);
  const inputs = {
    count: graph.input('count', 'int64', [1]),
    wantsProbabilities: graph.input('wants_probabilities', 'bool', []),
  };
  const blocks = starts.map((start, index) => {
    const end = starts[index + 1] ?? VOCABULARY;
    const range = [start, end, 1].map((value) => graph.integers([value]));
    const block = graph.node('Slice', [values, ...range]);
    return { values: block, firstTokenId: start, tokens: end - start };
  });
  outputCandidates(graph, { blocks, runTokens, rowScale }, inputs);
  return InferenceSession.create(encodeModel(graph.build()), { logSeverityLevel: 3 });
}

async function run(
  session: InferenceSession,
  rows: readonly number[][],
  { count = CANDIDATES, rowScale = 1, wantsProbabilities = true } = {},
): Promise<Candidates> {
  const scales = new Float32Array(rows.length).fill(rowScale);
  const outputs = await session.run({
    row_scale: new Tensor('float32', scales, [rows.length, 1]),
    wants_probabilities: new Tensor('bool', [wantsProbabilities], []),
    values: new Tensor('float32', Float32Array.from(rows.flat()), [rows.length, VOCABULARY]),
    count: new Tensor('int64', BigInt64Array.of(BigInt(count)), [1]),
  });
  const read = (name: string): number[] => Array.from(outputs[name]?.data as Float32Array);
  return {
    tokenIds: read(DECODER_TENSORS.candidateTokenId),
    logProbabilities: read(DECODER_TENSORS.candidateLogProbability),
    logNormalizers: read(DECODER_TENSORS.logNormalizer),
  };
}

/** All values from 0 to 97, in a mixed order. */
const ALL_APART = Array.from({ length: VOCABULARY }, (_, id) => (id * 37) % VOCABULARY);

/** Few different values, so that equal logits are common, within a block and between blocks. */
const row = fc.array(fc.integer({ min: -6, max: 6 }), {
  minLength: VOCABULARY,
  maxLength: VOCABULARY,
});

/** Fewer than any block has, as many as there are runs, more than some blocks have, and all. */
const counts = fc.constantFrom(1, CANDIDATES, VOCABULARY / RUN_TOKENS, 30, VOCABULARY);

describe('candidates of a vocabulary in blocks', () => {
  it('are those of the whole, ties included', async () => {
    const whole = await openGraph([0], NO_RUNS);
    const inBlocks = await openGraph([0, 21, 42, 91]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 5 }),
        counts,
        async (rows, count) => {
          const expected = await run(whole, rows, { count });
          const found = await run(inBlocks, rows, { count });
          expect(found.tokenIds).toEqual(expected.tokenIds);
          for (const name of ['logProbabilities', 'logNormalizers'] as const)
            found[name].forEach((value, i) => {
              expect(Math.abs(value - (expected[name][i] ?? NaN))).toBeLessThan(2e-6);
            });
        },
      ),
    );
  });

  it('are the best tokens with their log-probabilities', async () => {
    const session = await openGraph([0, 49]);
    const { tokenIds, logProbabilities } = await run(session, [ALL_APART]);
    const best = [...ALL_APART.keys()].sort((a, b) => (ALL_APART[b] ?? 0) - (ALL_APART[a] ?? 0));
    expect(tokenIds).toEqual(best.slice(0, CANDIDATES));
    // Logits 97, 96, 95, …: the best has 1 − 1/e of the whole.
    expect(logProbabilities[0]).toBeCloseTo(Math.log(1 - 1 / Math.E), 5);
  });

  it.each([[[0]], [[0, 49]]])(
    'count values times the scale of their row, blocks at %j',
    async (starts) => {
      const session = await openGraph(starts);
      const scaled = await run(session, [ALL_APART], { rowScale: 0.125 });
      const plain = await run(session, [ALL_APART.map((value) => value / 8)]);
      expect(scaled).toEqual(plain);
    },
  );

  it.each([[[0]], [[0, 49]]])(
    'are logits where no probabilities are wanted, blocks at %j',
    async (starts) => {
      const session = await openGraph(starts);
      const found = await run(session, [ALL_APART, ALL_APART], {
        rowScale: 0.5,
        wantsProbabilities: false,
      });
      const logits = [97, 96, 95, 94, 93, 92, 91, 90].map((value) => value / 2);
      expect(found.logProbabilities).toEqual([...logits, ...logits]);
      expect(found.logNormalizers).toEqual([0, 0]);
    },
  );
});
