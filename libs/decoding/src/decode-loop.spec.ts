import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_GENERATION_OPTIONS, type GenerationOptions } from '#libs/domain';
import {
  noiseTable,
  randomInteger,
  referenceSearch,
  ScriptedModel,
  seededRandom,
} from '#libs/testing';
import { DecodeLoop } from './decode-loop.js';
import type { PolicyLimits } from './engine-policy.js';
import type { LoopEvent } from './loop-event.js';
import type { FinishedSequence, SequenceRequest } from './sequence.js';

const VOCABULARY = 40;
const LIMITS: PolicyLimits = {
  maxKeyValueBytes: 16 * 5 * 200,
  maxSentences: 5,
  quantumMs: 4,
  maxQuantumSteps: 3,
  maxEncoderPlaces: 64,
};

/** A clock on which every look takes a millisecond. */
function tickingClock(): () => number {
  let nowMs = 0;
  return () => nowMs++;
}

function startLoop(logNormalizer = 0): { loop: DecodeLoop; model: ScriptedModel } {
  const model = new ScriptedModel(noiseTable(VOCABULARY, 2), VOCABULARY, logNormalizer);
  return { model, loop: new DecodeLoop(model, LIMITS, tickingClock()) };
}

async function translateAlone(
  request: SequenceRequest,
  logNormalizer = 0,
): Promise<FinishedSequence> {
  const { loop } = startLoop(logNormalizer);
  loop.submit(request);
  for (;;) {
    const finished = await loop.turn();
    if (finished === undefined) throw new Error('the loop ended without a result');
    if (finished[0] !== undefined) return finished[0];
  }
}

const options = fc
  .record({
    beamSize: fc.integer({ min: 1, max: 5 }),
    // At 2, Hugging Face fills its n-best list with copies of the forced token; ours has it once.
    maxLength: fc.integer({ min: 3, max: 30 }),
    lengthPenalty: fc.constantFrom(1, 0, 0.6, 2),
    earlyStopping: fc.constantFrom<boolean | 'never'>(true, false, 'never'),
    minNewTokens: fc.constantFrom(0, 0, 6),
    noRepeatNgramSize: fc.constantFrom(0, 0, 1, 2, 3),
    repetitionPenalty: fc.constantFrom(1, 1, 1.3),
  })
  .chain((record) =>
    fc.record({
      ...Object.fromEntries(
        Object.entries(record).map(([name, value]) => [name, fc.constant(value)]),
      ),
      numHypotheses: fc.integer({ min: 1, max: record.beamSize }),
    }),
  ) as fc.Arbitrary<GenerationOptions>;

const request = fc.record({
  id: fc.constant(1),
  sourceTokenIds: fc
    .array(fc.integer({ min: 4, max: VOCABULARY - 1 }), { minLength: 1, maxLength: 40 })
    .map((ids) => Int32Array.from(ids)),
  forcedBosId: fc.option(fc.integer({ min: 4, max: VOCABULARY - 1 }), { nil: undefined }),
  options,
}) as fc.Arbitrary<SequenceRequest>;

describe('DecodeLoop', () => {
  it('takes the lower of two tokens whose scores become equal by rounding', async () => {
    const asked: SequenceRequest = {
      id: 1,
      sourceTokenIds: Int32Array.of(33, 6),
      forcedBosId: 4,
      options: {
        ...DEFAULT_GENERATION_OPTIONS,
        beamSize: 5,
        maxLength: 26,
        numHypotheses: 4,
        noRepeatNgramSize: 1,
      },
    };
    const { hypotheses } = await translateAlone(asked);
    const expected = referenceSearch(noiseTable(VOCABULARY, 2), [33, 6], 4, asked.options);
    expect(hypotheses.map(({ tokenIds }) => Array.from(tokenIds))).toEqual(
      expected.map(({ tokenIds }) => tokenIds),
    );
  });

  it('finds the hypotheses of the reference search, whatever the options', async () => {
    await fc.assert(
      fc.asyncProperty(request, fc.constantFrom(0, 3.5), async (asked, logNormalizer) => {
        const { hypotheses } = await translateAlone(asked, logNormalizer);
        const expected = referenceSearch(
          noiseTable(VOCABULARY, 2),
          Array.from(asked.sourceTokenIds),
          asked.forcedBosId,
          asked.options,
          logNormalizer,
        );
        expect(hypotheses.map(({ tokenIds }) => Array.from(tokenIds))).toEqual(
          expected.map(({ tokenIds }) => tokenIds),
        );
        if (asked.options.beamSize > 1)
          hypotheses.forEach(({ score }, rank) => {
            expect(score).toBeCloseTo(expected[rank]!.score, 5);
          });
      }),
      { numRuns: 400 },
    );
  });

  it('gives every sentence the result it has alone, whoever joins, leaves or is cancelled', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 2, maxLength: 14 }),
        fc.integer(),
        async (requests, seed) => {
          const random = seededRandom(seed);
          const { loop } = startLoop();
          const numbered = requests.map((asked, id) => ({ ...asked, id }));
          const cancelled = new Set<number>();
          const finished = new Map<number, FinishedSequence>();
          const arriving = [...numbered];
          for (;;) {
            while (arriving.length > 0 && random() < 0.5) loop.submit(arriving.shift()!);
            if (random() < 0.1) {
              const id = randomInteger(random, 0, numbered.length - 1 - arriving.length);
              cancelled.add(id);
              loop.cancel(id);
            }
            const results = await loop.turn();
            for (const result of results ?? []) {
              expect(finished.has(result.id)).toBe(false);
              finished.set(result.id, result);
            }
            if (results === undefined && arriving.length === 0) break;
          }
          for (const asked of numbered) {
            const result = finished.get(asked.id);
            if (result === undefined) expect(cancelled).toContain(asked.id);
            else expect(result.hypotheses).toEqual((await translateAlone(asked)).hypotheses);
          }
          expect(loop.runningSentences + loop.waitingSentences).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('shares steps between sentences that arrive while others decode', async () => {
    const { loop, model } = startLoop();
    const asked = (id: number): SequenceRequest => ({
      id,
      sourceTokenIds: Int32Array.of(7, 8, 2),
      forcedBosId: 5,
      options: { ...DEFAULT_GENERATION_OPTIONS, maxLength: 24, minNewTokens: 23 },
    });
    loop.submit(asked(1));
    for (let turn = 0; turn < 6; turn++) await loop.turn();
    loop.submit(asked(2));
    while ((await loop.turn()) !== undefined);
    // 23 steps each: apart they would take 46.
    expect(model.steps).toBeLessThan(33);
    expect(loop.statistics.steps).toBe(model.steps);
    expect(loop.statistics.stepSentences).toBe(46);
  });

  it.each([
    ['beams', 3, true],
    ['greedy search', 1, false],
  ])('asks the model for no more than a step of %s needs', async (_, beamSize, wantsAny) => {
    const { loop, model } = startLoop();
    const step = vi.spyOn(model, 'step');
    const asked = (id: number): SequenceRequest => ({
      id,
      sourceTokenIds: Int32Array.of(7, 8, 2),
      forcedBosId: 5,
      options: { ...DEFAULT_GENERATION_OPTIONS, beamSize, maxLength: 9, minNewTokens: 8 },
    });
    loop.submit(asked(1));
    for (let turn = 0; turn < 2; turn++) await loop.turn();
    loop.submit(asked(2));
    while ((await loop.turn()) !== undefined);
    for (const [{ positions, candidateRows, wantsProbabilities }] of step.mock.calls) {
      const rows = Array.from(positions.keys());
      // A sentence's first row is followed by the forced token, whatever the model says; it has to say something.
      const unforced = rows.filter((row) => positions[row]! > 0);
      expect(Array.from(candidateRows)).toEqual(unforced.length > 0 ? unforced : [0]);
      expect(wantsProbabilities).toBe(wantsAny);
    }
    const firstSteps = step.mock.calls.map(([{ positions }]) => positions.indexOf(0));
    expect(firstSteps.some((row) => row > 0)).toBe(true);
  });

  it('tells of all that it counts', async () => {
    const events: LoopEvent[] = [];
    const model = new ScriptedModel(noiseTable(VOCABULARY, 2), VOCABULARY);
    const loop = new DecodeLoop(model, LIMITS, tickingClock(), (event) => events.push(event));
    const options = { ...DEFAULT_GENERATION_OPTIONS, beamSize: 3, maxLength: 12 };
    for (let id = 1; id <= 9; id++)
      loop.submit({
        id,
        sourceTokenIds: Int32Array.from({ length: id }, () => 5),
        forcedBosId: undefined,
        options,
      });
    let targetTokens = 0;
    for (;;) {
      const finished = await loop.turn();
      if (finished === undefined) break;
      for (const { hypotheses } of finished) targetTokens += hypotheses[0]!.tokenIds.length;
    }
    const sumOf = (value: (event: LoopEvent) => number): number =>
      events.reduce((sum, event) => sum + value(event), 0);
    const { statistics } = loop;
    expect({
      steps: events.filter(({ kind }) => kind === 'stepped').length,
      stepRows: sumOf((event) => (event.kind === 'stepped' ? event.rows : 0)),
      stepMs: sumOf((event) => (event.kind === 'stepped' ? event.stepMs : 0)),
      encoderRuns: events.filter(({ kind }) => kind === 'encoded').length,
      sourceTokens: sumOf((event) => (event.kind === 'encoded' ? event.tokens : 0)),
      encodeMs: sumOf((event) => (event.kind === 'encoded' ? event.encodeMs + event.mergeMs : 0)),
      finishedSentences: sumOf((event) => (event.kind === 'finished' ? event.sentences : 0)),
    }).toEqual({
      steps: statistics.steps,
      stepRows: statistics.stepRows,
      stepMs: statistics.stepMs,
      encoderRuns: statistics.encoderRuns,
      sourceTokens: statistics.sourceTokens,
      encodeMs: statistics.encodeMs,
      finishedSentences: 9,
    });
    expect(sumOf((event) => (event.kind === 'admitted' ? event.sentences : 0))).toBe(9);
    expect(sumOf((event) => (event.kind === 'finished' ? event.targetTokens : 0))).toBe(
      targetTokens,
    );
    expect(events[0]).toEqual({ kind: 'admitted', sentences: 5, why: 'idle' });
    // Padding counts to the places, not to the tokens.
    for (const event of events)
      if (event.kind === 'encoded') expect(event.places).toBeGreaterThan(event.tokens);
  });
});
