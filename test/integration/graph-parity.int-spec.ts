import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  openCheckpoint,
  prepareModel,
  ReferenceModel,
} from '#libs/model-compiler';
import type { Precision } from '#libs/prepared-model';
import {
  advance,
  type BeamOutput,
  GraphSessions,
  pagesFor,
  type Sentence,
  startBeams,
  type StepLayout,
} from './graph-sessions.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = {
  tiny: join(root, 'test/fixtures/tiny-m2m100'),
  demo: join(root, 'models/demo'),
} as const;
type Source = keyof typeof SOURCES;

const START = 2;
const folders = new Map<string, string>();
let work: string;

async function prepared(source: Source, precision: Precision): Promise<string> {
  const folder = join(work, `${source}-${precision}`);
  if (!folders.has(folder))
    await prepareModel({ source: SOURCES[source], output: folder, precision });
  folders.set(folder, folder);
  return folder;
}

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'graph-parity-'));
});
afterAll(() => rm(work, { recursive: true }));

/** Rows in their natural order, slots and pages as the engine has them. */
function layoutOf(sentences: readonly Sentence[], changes: Partial<StepLayout> = {}): StepLayout {
  const most = (lengths: number[]): number => paddedPages(Math.max(1, ...lengths.map(pagesFor)));
  const rows = sentences.reduce((count, { beams }) => count + beams.length, 0);
  return {
    querySlots: Math.max(2, ...sentences.map(({ beams }) => beams.length)),
    nodePages: most(sentences.map(({ nodes }) => nodes.length)),
    sourcePages: most(sentences.map(({ sourceLength }) => sourceLength)),
    isReversed: false,
    candidateCount: 10,
    candidateRows: Array.from({ length: rows }, (_, row) => row),
    wantsProbabilities: true,
    rowOrder: Array.from({ length: rows }, (_, row) => row),
    garbage: 0,
    ...changes,
  };
}

/** Sums over pages are grouped by fours. */
function paddedPages(pages: number): number {
  return pages <= 2 ? pages : Math.ceil(pages / 4) * 4;
}

/** Token ids that repeat exactly from a seed. */
function someIds(length: number, seed: number, vocabularySize: number): number[] {
  return Array.from({ length }, (_, i) => 4 + ((i * 7919 + seed * 104_729) % (vocabularySize - 4)));
}

function logSoftmax(logits: Float64Array): number[] {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const total = logits.reduce((sum, value) => sum + Math.exp(value - largest), 0);
  return [...logits].map((value) => value - largest - Math.log(total));
}

/** A hash of the exact values: quick to compare, and −0 is not 0. */
function bits(arrays: readonly (Float32Array | Int32Array)[]): string {
  const hash = createHash('sha256');
  for (const array of arrays) hash.update(array);
  return hash.digest('hex');
}

function outputBits(output: BeamOutput): string {
  const { logProbabilities, tokenIds, logNormalizer, node } = output;
  return bits([logProbabilities, tokenIds, Float32Array.of(logNormalizer ?? NaN), node]);
}

describe('the fp32 graphs', () => {
  let checkpoint: Checkpoint;
  let reference: ReferenceModel;
  let graphs: GraphSessions;
  beforeAll(async () => {
    checkpoint = await openCheckpoint(SOURCES.tiny);
    reference = await ReferenceModel.load(checkpoint);
    graphs = await GraphSessions.open(await prepared('tiny', 'fp32'));
  });
  afterAll(async () => {
    await graphs.close();
    await checkpoint.weights.close();
  });

  it('give the reference computation for beams of several sentences in one ragged batch', async () => {
    const { vocabularySize } = checkpoint.shape;
    const sources = [
      someIds(29, 1, vocabularySize),
      someIds(3, 2, vocabularySize),
      [17, START],
      someIds(16, 3, vocabularySize),
    ];
    const beamCounts = [3, 1, 2, 5];
    const steps = 7;
    const targets = beamCounts.map((beams, b) =>
      Array.from({ length: beams }, (_, g) => [
        START,
        ...someIds(steps, 31 * b + g, vocabularySize),
      ]),
    );
    const logits = sources.map((source, b) => {
      const states = reference.encode(source);
      return targets[b]!.map((target) => reference.decode(states, target));
    });
    let sentences = await graphs.encode(sources, 32);
    sentences = sentences.map((sentence, b) => startBeams(sentence, beamCounts[b]!, START));
    for (let t = 0; t < steps; t++) {
      const rows = 11;
      const rowOrder = Array.from({ length: rows }, (_, row) => (row * 4 + t) % rows);
      const outputs = await graphs.step(sentences, layoutOf(sentences, { rowOrder, garbage: 7 }));
      for (const [b, beams] of outputs.entries())
        for (const [g, output] of beams.entries()) {
          const row = logits[b]![g]!.subarray(t * vocabularySize, (t + 1) * vocabularySize);
          expectCandidates(output, row);
        }
      sentences = sentences.map((sentence, b) =>
        advance(
          sentence,
          outputs[b]!,
          targets[b]!.map((target) => target[t + 1]!),
        ),
      );
    }
  });

  /** The best ten of the logits, each within 1e-4, in an order that the graph's own values justify. */
  function expectCandidates(output: BeamOutput, logits: Float64Array): void {
    const wanted = logSoftmax(logits);
    const best = wanted.map((_, id) => id).sort((a, b) => wanted[b]! - wanted[a]!);
    for (const [k, id] of output.tokenIds.entries()) {
      expect(Math.abs(output.logProbabilities[k]! - wanted[id]!)).toBeLessThan(1e-4);
      // Two tokens closer than the tolerance may change places.
      expect(Math.abs(wanted[id]! - wanted[best[k]!]!)).toBeLessThan(1e-4);
      if (k > 0)
        expect(output.logProbabilities[k]).toBeLessThanOrEqual(output.logProbabilities[k - 1]!);
    }
    expect(new Set(output.tokenIds).size).toBe(output.tokenIds.length);
    const [id] = output.tokenIds;
    expect(Math.abs(output.logNormalizer! - (logits[id!]! - wanted[id!]!))).toBeLessThan(1e-4);
  }

  it("give Hugging Face's best five tokens at every step", async () => {
    const expected = JSON.parse(
      await readFile(join(SOURCES.tiny, 'expected-forward.json'), 'utf8'),
    ) as {
      input_ids: [number[]];
      decoder_input_ids: [number[]];
      log_softmax_top5: [number, number][][];
    };
    const [sentence] = await graphs.encode(expected.input_ids, 32);
    let state = startBeams(sentence!, 1, START);
    const [targets] = expected.decoder_input_ids;
    for (const [t, top5] of expected.log_softmax_top5.entries()) {
      const [outputs] = await graphs.step([state], layoutOf([state], { candidateCount: 5 }));
      const [output] = outputs!;
      expect([...output!.tokenIds]).toEqual(top5.map(([id]) => id));
      for (const [k, [, logProbability]] of top5.entries())
        expect(Math.abs(output!.logProbabilities[k]! - logProbability)).toBeLessThan(1e-4);
      state = advance(state, outputs!, [targets[t + 1] ?? START]);
    }
  });

  it('give logits where no probabilities are wanted', async () => {
    const [sentence] = await graphs.encode([[17, 5, START]], 16);
    const state = startBeams(sentence!, 3, START);
    const [wanted, plain] = await Promise.all(
      [true, false].map(async (wantsProbabilities) => {
        const [outputs] = await graphs.step([state], layoutOf([state], { wantsProbabilities }));
        return outputs!;
      }),
    );
    for (const [g, { tokenIds, logProbabilities }] of plain!.entries()) {
      expect(tokenIds).toEqual(wanted![g]!.tokenIds);
      logProbabilities.forEach((logit, k) => {
        const expected = wanted![g]!.logProbabilities[k]! + wanted![g]!.logNormalizer!;
        expect(logit).toBeCloseTo(expected, 5);
      });
    }
  });

  it('give all K candidates that a run asks for', async () => {
    const { vocabularySize } = checkpoint.shape;
    const [sentence] = await graphs.encode([[17, 5, START]], 16);
    const state = startBeams(sentence!, 1, START);
    const [outputs] = await graphs.step(
      [state],
      layoutOf([state], { candidateCount: vocabularySize }),
    );
    const { logProbabilities, tokenIds } = outputs![0]!;
    expect(new Set(tokenIds).size).toBe(vocabularySize);
    const total = logProbabilities.reduce((sum, value) => sum + Math.exp(value), 0);
    expect(total).toBeCloseTo(1, 4);
  });
});

describe.each<[Source, string, number]>([
  ['tiny', 'beams', 2],
  ['tiny', 'greedy search', 1],
  ['demo', 'beams', 2],
  ['demo', 'greedy search', 1],
])('the int8 graphs of %s, for %s,', (source, _, querySlots) => {
  /** Greedy sentences have one query slot, and beams of any number two at the least. */
  const layoutOfSearch = (sentences: readonly Sentence[]): StepLayout => {
    const beams = sentences.map((sentence) => sentence.beams.length);
    return layoutOf(sentences, {
      querySlots: Math.max(querySlots, ...beams),
      wantsProbabilities: querySlots > 1,
    });
  };
  let graphs: GraphSessions;
  let alone: Sentence[];
  let outputsAlone: BeamOutput[][];
  let sources: number[][];

  /** Sentences of many lengths and histories, each encoded and decoded by itself. */
  beforeAll(async () => {
    graphs = await GraphSessions.open(await prepared(source, 'int8'));
    sources = [2, 5, 16, 17, 30, 41, 60, 90].map((length, i) => someIds(length, i, 1000));
    alone = [];
    outputsAlone = [];
    for (const [i, ids] of sources.entries()) {
      const [encoded] = await graphs.encode([ids], Math.ceil(ids.length / 16) * 16);
      let sentence = startBeams(encoded!, querySlots === 1 ? 1 : 1 + (i % 5), START);
      for (let t = 0; t < 3 * i; t++) {
        const [outputs] = await graphs.step([sentence], layoutOfSearch([sentence]));
        // The candidates apart by rank, so that the beams part.
        const next = outputs!.map(({ tokenIds }, g) => tokenIds[g]!);
        sentence = advance(sentence, outputs!, next);
      }
      const [outputs] = await graphs.step([sentence], layoutOfSearch([sentence]));
      alone.push(sentence);
      outputsAlone.push(outputs!);
    }
  });
  afterAll(() => graphs.close());

  it('encode a sentence to the same bits in any company', async () => {
    const companies = fc.shuffledSubarray([...Array(8).keys()], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(companies, fc.integer({ min: 0, max: 4 }), async (company, extra) => {
        const longest = Math.max(...company.map((i) => sources[i]!.length));
        const length = Math.ceil(longest / 16) * 16 + 16 * extra;
        const encoded = await graphs.encode(
          company.map((i) => sources[i]!),
          length,
        );
        for (const [b, i] of company.entries())
          expect(bits(encoded[b]!.cross)).toBe(bits(alone[i]!.cross));
      }),
      { numRuns: 60 },
    );
  });

  it('decode a beam to the same bits in any company, layout and row order', async () => {
    const company = fc.shuffledSubarray([...Array(8).keys()], { minLength: 1 });
    const cases = fc.record({
      company,
      extraSlots: fc.integer({ min: 0, max: 3 }),
      extraNodePages: fc.integer({ min: 0, max: 9 }),
      extraSourcePages: fc.integer({ min: 0, max: 9 }),
      isReversed: fc.boolean(),
      shuffle: fc.infiniteStream(fc.integer({ min: 0, max: 1000 })),
      isForced: fc.infiniteStream(fc.boolean()),
      garbage: fc.constantFrom(0, 1, -1000),
    });
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const sentences = one.company.map((i) => alone[i]!);
        const plain = layoutOfSearch(sentences);
        const keys = plain.rowOrder.map(() => one.shuffle.next().value as number);
        const [first = 0, ...others] = plain.candidateRows;
        const candidateRows = [first, ...others.filter(() => !one.isForced.next().value)];
        const outputs = await graphs.step(sentences, {
          ...plain,
          querySlots: querySlots === 1 ? 1 : plain.querySlots + one.extraSlots,
          nodePages: paddedPages(plain.nodePages + one.extraNodePages),
          sourcePages: paddedPages(plain.sourcePages + one.extraSourcePages),
          isReversed: one.isReversed,
          candidateRows,
          rowOrder: [...plain.rowOrder].sort((a, b) => keys[a]! - keys[b]!),
          garbage: one.garbage,
        });
        for (const [b, i] of one.company.entries())
          for (const [g, output] of outputs[b]!.entries()) {
            const expected = outputsAlone[i]![g]!;
            if (output.tokenIds.length > 0) expect(outputBits(output)).toBe(outputBits(expected));
            else expect(bits([output.node])).toBe(bits([expected.node]));
          }
      }),
      { numRuns: 100 },
    );
  });
});

describe.each(['fp32', 'int8'] as const)('the %s graphs of the demo model', (precision) => {
  it('load without a warning of onnxruntime', async () => {
    const folder = await prepared('demo', precision);
    const script = `
      import { InferenceSession } from 'onnxruntime-node';
      for (const graph of ['encoder.onnx', 'decoder.onnx'])
        await InferenceSession.create(process.argv[1] + '/' + graph, { logSeverityLevel: 2 });
      console.log('loaded');`;
    const args = ['--input-type=module', '-e', script, folder];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root });
    expect(stdout).toBe('loaded\n');
    expect(stderr).toBe('');
  });
});
