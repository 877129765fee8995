import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { AdmissionGate } from '../../libs/batching/src/admission-gate.js';
import { DeficitRoundRobin, type Flow } from '../../libs/batching/src/deficit-round-robin.js';
import { SentenceLedger } from '../../libs/inference/src/sentence-ledger.js';
import { simulate } from './simulation.js';

/** Schedules within which a planted fault has to be found. */
const FEW_SEEDS = 100;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'],
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The invariants that break within a few schedules, by their names. `plant` is called before each. */
async function brokenInvariants(plant: () => void): Promise<ReadonlySet<string>> {
  const broken = new Set<string>();
  for (let seed = 1; seed <= FEW_SEEDS; seed++) {
    plant();
    const { faults } = await simulate(seed);
    for (const fault of faults) broken.add(fault.split(':', 1)[0] ?? '');
  }
  return broken;
}

describe('the queue and its admission', () => {
  it('keep every invariant through random schedules', async () => {
    const outcomes = new Map<string, number>();
    for (let seed = 1; seed <= inject('schedules'); seed++) {
      const result = await simulate(seed);
      expect([seed, result.faults]).toEqual([seed, []]);
      for (const [outcome, count] of result.outcomes)
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
    }
    // Each way to be refused is among them, or the schedules show less than they seem to.
    expect([...outcomes.keys()].sort()).toEqual([
      'done',
      'draining',
      'engine-unavailable',
      'no-capacity',
      'over-share',
      'queue-full',
    ]);
  });
});

describe('the simulation', () => {
  it('notices one permit that does not come back', async () => {
    const giveBack = vi.spyOn(AdmissionGate.prototype, 'giveBack');
    const broken = await brokenInvariants(() => {
      giveBack.mockImplementationOnce(() => undefined);
    });
    expect(broken).toContain('permits');
  });

  it('notices one engine whose sentences are not tried again', async () => {
    const engineEnded = vi.spyOn(SentenceLedger.prototype, 'engineEnded');
    const broken = await brokenInvariants(() => {
      engineEnded.mockReset().mockImplementationOnce(() => undefined);
    });
    expect(broken).toContain('loss');
    expect(broken).toContain('settlement');
  });

  it('notices that nobody takes turns', async () => {
    const next = vi.spyOn(DeficitRoundRobin.prototype, 'next');
    const broken = await brokenInvariants(() => {
      next.mockImplementation(function (this: DeficitRoundRobin<Flow>) {
        const [first] = this.flows;
        return first;
      });
    });
    expect([...broken]).toEqual(['starvation']);
  });
});
