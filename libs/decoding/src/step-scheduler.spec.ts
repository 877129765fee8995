import { describe, expect, it } from 'vitest';
import { DEFAULT_GENERATION_OPTIONS } from '#libs/domain';
import { noiseTable, ScriptedModel } from '#libs/testing';
import { CostModel } from './cost-model.js';
import { EnginePolicy, type PolicyLimits } from './engine-policy.js';
import { Sequence } from './sequence.js';
import { StepScheduler } from './step-scheduler.js';

const { facts } = new ScriptedModel(noiseTable(8, 2), 8);

function sequence(
  id: number,
  sourceLength = 4,
  options = DEFAULT_GENERATION_OPTIONS,
  moreFollow = false,
): Sequence {
  return new Sequence(
    {
      id,
      sourceTokenIds: new Int32Array(sourceLength).fill(4),
      forcedBosId: 5,
      options,
      moreFollow,
    },
    facts,
  );
}

/** A step takes 10 ms, a quantum five steps. One page costs a byte, and there are 9. */
class Engine {
  nowMs = 0;
  readonly running: Sequence[] = [];
  readonly scheduler: StepScheduler;

  constructor(over: Partial<PolicyLimits> = {}, encodeMs = 0) {
    const costs = new CostModel(1);
    costs.recordStep(1, 10);
    costs.recordEncode(16, encodeMs);
    const limits = {
      maxSentences: 4,
      quantumMs: 50,
      maxQuantumSteps: 8,
      maxEncoderPlaces: 64,
      maxKeyValueBytes: 9,
      ...over,
    };
    this.scheduler = new StepScheduler(new EnginePolicy(limits, costs, 1), () => this.nowMs);
  }

  admit(): number[] {
    const admitted = this.scheduler.admit(this.running)?.admitted ?? [];
    this.running.push(...admitted);
    return admitted.map(({ id }) => id);
  }

  step(): void {
    this.nowMs += 10;
    this.scheduler.countStep();
  }
}

describe('StepScheduler', () => {
  it('admits at once where nothing runs, in order, and no more than fit', () => {
    const engine = new Engine();
    for (let id = 1; id <= 6; id++) engine.scheduler.enqueue(sequence(id));
    expect(engine.admit()).toEqual([1, 2, 3, 4]);
    expect(engine.scheduler.waitingSentences).toBe(2);
  });

  it('admits others when the quantum is over', () => {
    const engine = new Engine();
    engine.scheduler.enqueue(sequence(1));
    engine.admit();
    engine.scheduler.enqueue(sequence(2));
    const admittedAfter: number[][] = [];
    for (let step = 1; step <= 6; step++) {
      engine.step();
      admittedAfter.push(engine.admit());
    }
    expect(admittedAfter).toEqual([[], [], [], [], [2], []]);
  });

  it.each([
    ['in a full engine', { maxSentences: 20, moreFollow: false }],
    ['of whom others wait outside', { maxSentences: 60, moreFollow: true }],
  ])(
    'gathers those who follow %s, though places stand empty',
    (_, { maxSentences, moreFollow }) => {
      const engine = new Engine({ maxSentences, maxKeyValueBytes: 1000 }, 30);
      const greedy = { ...DEFAULT_GENERATION_OPTIONS, beamSize: 1 };
      const enqueue = (id: number): void => {
        engine.scheduler.enqueue(sequence(id, 4, greedy, moreFollow));
      };
      for (let id = 1; id <= 20; id++) enqueue(id);
      engine.admit();
      const groups: number[] = [];
      for (let step = 1; step <= 100; step++) {
        engine.step();
        // Every other step one leaves, and who follows comes a step later.
        if (step % 2 === 0) engine.running.shift();
        else if (step > 1) enqueue(20 + step);
        const { length } = engine.admit();
        if (length > 0) groups.push(length);
      }
      expect(groups.length).toBeGreaterThan(5);
      expect(Math.min(...groups)).toBeGreaterThanOrEqual(4);
    },
  );

  it('lets what does not fit into the memory wait, and nobody pass it', () => {
    const engine = new Engine();
    engine.scheduler.enqueue(sequence(1));
    engine.admit();
    // 90 source places are 3 pages, their nodes 23 more.
    engine.scheduler.enqueue(sequence(2, 90));
    engine.scheduler.enqueue(sequence(3));
    for (let step = 0; step < 20; step++) engine.step();
    expect(engine.admit()).toEqual([]);
    engine.running.pop();
    expect(engine.admit()).toEqual([2]);
    for (let step = 0; step < 20; step++) engine.step();
    expect(engine.admit()).toEqual([]);
    engine.running.pop();
    expect(engine.admit()).toEqual([3]);
  });

  it('forgets what is released', () => {
    const engine = new Engine();
    for (let id = 1; id <= 3; id++) engine.scheduler.enqueue(sequence(id));
    engine.scheduler.release(({ id }) => id === 2);
    expect(engine.admit()).toEqual([1, 3]);
  });
});
