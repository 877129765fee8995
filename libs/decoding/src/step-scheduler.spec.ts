import { describe, expect, it } from 'vitest';
import { DEFAULT_GENERATION_OPTIONS } from '#libs/domain';
import { noiseTable, ScriptedModel } from '#libs/testing';
import { Sequence } from './sequence.js';
import { StepScheduler } from './step-scheduler.js';

const { facts } = new ScriptedModel(noiseTable(8, 2), 8);

function sequence(id: number): Sequence {
  return new Sequence(
    {
      id,
      sourceTokenIds: Int32Array.of(4, 2),
      forcedBosId: 5,
      options: DEFAULT_GENERATION_OPTIONS,
    },
    facts,
  );
}

function schedulerWith(waiting: number): StepScheduler {
  const scheduler = new StepScheduler({ maxSentences: 4, quantumMs: 50, maxQuantumSteps: 8 });
  for (let id = 1; id <= waiting; id++) scheduler.enqueue(sequence(id));
  return scheduler;
}

describe('StepScheduler', () => {
  it('admits at once where nothing runs, and no more than fit', () => {
    const scheduler = schedulerWith(6);
    expect(scheduler.admit(0).map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    expect(scheduler.waiting.map(({ id }) => id)).toEqual([5, 6]);
  });

  it('admits others when the quantum is over', () => {
    const scheduler = schedulerWith(2);
    scheduler.admit(0);
    scheduler.enqueue(sequence(3));
    const admittedAfter = [];
    for (let step = 1; step <= 6; step++) {
      scheduler.recordStep(10);
      admittedAfter.push(scheduler.admit(2).length);
    }
    // 50 ms of 10 ms steps.
    expect(admittedAfter).toEqual([0, 0, 0, 0, 1, 0]);
  });

  it('makes quanta of as many steps as fit into their time, within bounds', () => {
    const scheduler = schedulerWith(0);
    expect(scheduler.quantumSteps).toBe(8);
    scheduler.recordStep(25);
    expect(scheduler.quantumSteps).toBe(2);
    for (let step = 0; step < 50; step++) scheduler.recordStep(400);
    expect(scheduler.quantumSteps).toBe(1);
    for (let step = 0; step < 50; step++) scheduler.recordStep(1);
    expect(scheduler.quantumSteps).toBe(8);
  });

  it('admits nobody into a full batch', () => {
    const scheduler = schedulerWith(6);
    scheduler.admit(0);
    for (let step = 0; step < 8; step++) scheduler.recordStep(10);
    expect(scheduler.admit(4)).toEqual([]);
    expect(scheduler.waiting).toHaveLength(2);
  });
});
