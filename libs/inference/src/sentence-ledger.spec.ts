import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FinishedSequence } from '#libs/decoding';
import { DEFAULT_GENERATION_OPTIONS } from '#libs/domain';
import { SentenceLedger } from './sentence-ledger.js';

function request(id: number): Parameters<SentenceLedger['add']>[0] {
  const options = DEFAULT_GENERATION_OPTIONS;
  return { id, sourceTokenIds: Int32Array.of(4, 2), forcedBosId: undefined, options };
}

const finished = (id: number): FinishedSequence => ({ id, hypotheses: [] });

function idsOf(requests: readonly { readonly id: number }[]): number[] {
  return requests.map(({ id }) => id);
}

/** A ledger, and what became of each of its sentences. */
function ledgerOf(count: number): { ledger: SentenceLedger; outcomes: Promise<string>[] } {
  const ledger = new SentenceLedger();
  const outcomes = Array.from({ length: count }, (_, id) =>
    ledger.add(request(id)).then(
      () => 'done',
      (error: unknown) => String(error),
    ),
  );
  return { ledger, outcomes };
}

describe('SentenceLedger', () => {
  it('hands over all that waits, once', () => {
    const { ledger } = ledgerOf(3);
    expect(idsOf(ledger.takeNext())).toEqual([0, 1, 2]);
    expect(ledger.takeNext()).toEqual([]);
    expect(ledger.size).toBe(3);
  });

  it('tries what an ended engine had once more, each alone, before anything new', async () => {
    const { ledger, outcomes } = ledgerOf(3);
    ledger.takeNext();
    ledger.engineEnded('signal SIGSEGV');
    const late = ledger.add(request(3));
    const order: number[][] = [];
    for (let turn = 0; turn < 4; turn++) {
      const next = idsOf(ledger.takeNext());
      expect(ledger.takeNext()).toEqual([]);
      order.push(next);
      for (const id of next) ledger.resolve(finished(id));
    }
    expect(order).toEqual([[0], [1], [2], [3]]);
    expect(await Promise.all(outcomes)).toEqual(['done', 'done', 'done']);
    await late;
    expect(ledger.isIsolating).toBe(false);
  });

  it('drops a cancelled suspect, with the engine or not', () => {
    const { ledger, outcomes } = ledgerOf(3);
    ledger.takeNext();
    ledger.engineEnded('signal SIGKILL');
    expect(idsOf(ledger.takeNext())).toEqual([0]);
    expect(ledger.reject(0, new Error('gone'))).toBe(true);
    expect(ledger.reject(1, new Error('gone'))).toBe(true);
    expect(ledger.reject(1, new Error('gone'))).toBe(false);
    expect(idsOf(ledger.takeNext())).toEqual([2]);
    expect(outcomes).toHaveLength(3);
  });

  it('fails exactly the sentences that end the engine alone, whichever and however many they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        async (poisonous) => {
          const { ledger, outcomes } = ledgerOf(poisonous.length);
          let ends = 0;
          while (ledger.size > 0) {
            const batch = idsOf(ledger.takeNext());
            if (batch.some((id) => poisonous[id])) {
              ends++;
              ledger.engineEnded('signal SIGABRT');
            } else for (const id of batch) ledger.resolve(finished(id));
          }
          const poisons = poisonous.filter(Boolean).length;
          expect(ends).toBe(poisons === 0 ? 0 : 1 + poisons);
          for (const [id, outcome] of outcomes.entries())
            expect(await outcome).toMatch(
              poisonous[id] === true ? /ended twice .* \(signal SIGABRT\)/ : /^done$/,
            );
        },
      ),
      { seed: 6, numRuns: 200 },
    );
  });
});
