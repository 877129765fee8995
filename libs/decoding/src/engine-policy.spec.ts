import { describe, expect, it } from 'vitest';
import { CostModel } from './cost-model.js';
import {
  type EngineLoad,
  EnginePolicy,
  expectedNodePages,
  roundUpPlaces,
} from './engine-policy.js';
import type { AdmissionReason } from './loop-event.js';

const LIMITS = {
  maxSentences: 8,
  quantumMs: 50,
  maxQuantumSteps: 16,
  maxEncoderPlaces: 1024,
  maxKeyValueBytes: 10_000,
};

/** A step costs 2 ms and 0.5 ms a row, the encoder 4 ms and 0.1 ms a place. */
function policy(): EnginePolicy {
  const costs = new CostModel(1);
  for (const rows of [2, 16]) costs.recordStep(rows, 2 + 0.5 * rows);
  for (const places of [16, 160]) costs.recordEncode(places, 4 + 0.1 * places);
  return new EnginePolicy(LIMITS, costs, 10);
}

const BUSY: EngineLoad = {
  runningRows: 36,
  waitingRows: 1,
  waitingPlaces: 16,
  stepsInQuantum: 0,
  longestWaitMs: 0,
  moreFollow: false,
  isHeldBack: false,
  heldRows: 0,
};

describe('EnginePolicy', () => {
  it('makes quanta of as many steps as fit into their time', () => {
    // 36 rows: 20 ms a step.
    expect(policy().quantumSteps(36)).toBe(3);
    expect(policy().quantumSteps(1)).toBe(16);
    expect(policy().quantumSteps(1000)).toBe(1);
    expect(new EnginePolicy(LIMITS, new CostModel(1), 10).quantumSteps(36)).toBe(16);
  });

  it.each<[string, Partial<EngineLoad>, AdmissionReason | undefined]>([
    ['nobody where nobody waits', { waitingRows: 0, stepsInQuantum: 99 }, undefined],
    ['at once where nothing runs', { runningRows: 0 }, 'idle'],
    ['nobody within a quantum', { stepsInQuantum: 2, longestWaitMs: 999 }, undefined],
    ['a few that are quick to encode, after a quantum', { stepsInQuantum: 3 }, 'cheap'],
    [
      'nobody whose encoding would hold up many others, after a quantum',
      { stepsInQuantum: 3, waitingPlaces: 600, waitingRows: 10 },
      undefined,
    ],
    [
      'them all the same when they have waited two quanta',
      { stepsInQuantum: 3, waitingPlaces: 600, waitingRows: 10, longestWaitMs: 100 },
      'max_wait',
    ],
    [
      'them all the same when they are many',
      { stepsInQuantum: 3, waitingPlaces: 600, waitingRows: 11 },
      'ratio',
    ],
  ])('admits %s', (_, load, expected) => {
    expect(policy().admissionReason({ ...BUSY, ...load })).toBe(expected);
  });

  // 36 rows run and 4 wait: a row that is held back for a step costs a fortieth of 2 ms.
  it.each<[string, Partial<EngineLoad>, AdmissionReason | undefined]>([
    ['nobody while waiting costs less than a run of the encoder', { heldRows: 79 }, undefined],
    ['those that wait when it costs as much', { heldRows: 80 }, 'break_even'],
    ['nobody within a quantum', { heldRows: 999, stepsInQuantum: 2 }, undefined],
    ['nobody who has waited for seven quanta', { longestWaitMs: 350 }, undefined],
    ['whoever has waited for eight', { longestWaitMs: 400 }, 'max_wait'],
    ['many at once', { waitingRows: 11 }, 'ratio'],
    // Of the whole 20 ms, where nobody else may have its place.
    ['nobody while a place costs less than a run', { isHeldBack: true, heldRows: 7 }, undefined],
    ['whoever keeps a place for as long', { isHeldBack: true, heldRows: 8 }, 'break_even'],
  ])('where more follow admits %s', (_, load, expected) => {
    const full = { ...BUSY, waitingRows: 4, stepsInQuantum: 3, moreFollow: true };
    expect(policy().admissionReason({ ...full, ...load })).toBe(expected);
  });

  it('keeps sentences and the pages of their keys and values within their limits', () => {
    expect(policy().fits({ sentences: 8, pages: 1000 })).toBe(true);
    expect(policy().fits({ sentences: 8, pages: 1001 })).toBe(false);
    expect(policy().fits({ sentences: 9, pages: 9 })).toBe(false);
  });

  it('lets one sentence run whatever it needs', () => {
    expect(policy().fits({ sentences: 1, pages: 1_000_000 })).toBe(true);
  });
});

describe('lengths', () => {
  it('of sources are multiples of 16', () => {
    expect([1, 16, 17, 32].map(roundUpPlaces)).toEqual([16, 16, 32, 32]);
  });

  it('of nodes are expected to be the translation, and eight tokens more for each other beam', () => {
    expect([32, 33].map((length) => expectedNodePages(length, 1))).toEqual([1, 2]);
    expect([32, 33].map((length) => expectedNodePages(length, 5))).toEqual([2, 3]);
  });
});
