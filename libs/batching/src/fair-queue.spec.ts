import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QUANTUM_TOKENS } from './deficit-round-robin.js';
import { FairQueue } from './fair-queue.js';
import type { QueuedSegment } from './segment-queue.js';
import { ANYBODY, type Caller } from './segment-work.js';

interface Entry extends QueuedSegment {
  readonly name: string;
}

const request = (): object => ({});

function entries(
  name: string,
  of: object,
  count: number,
  sourceTokens = 10,
  caller = ANYBODY,
): Entry[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `${name}${index}`,
    request: of,
    caller,
    sourceTokens,
  }));
}

function queueOf(...all: readonly Entry[][]): FairQueue<Entry> {
  const queue = new FairQueue<Entry>();
  for (const entry of all.flat()) queue.push(entry);
  return queue;
}

function shift(queue: FairQueue<Entry>): Entry | undefined {
  const next = queue.next();
  if (next !== undefined) queue.take(next);
  return next;
}

/** Takes `count` entries, or all. */
function take(queue: FairQueue<Entry>, count = Infinity): Entry[] {
  const taken: Entry[] = [];
  while (taken.length < count) {
    const entry = shift(queue);
    if (entry === undefined) break;
    taken.push(entry);
  }
  return taken;
}

const namesOf = (taken: readonly Entry[]): string => taken.map(({ name }) => name).join(' ');

describe('FairQueue', () => {
  it('lets a late single request pass a large one', () => {
    const queue = queueOf(entries('big', request(), 100));
    take(queue, 2);
    queue.push(...(entries('single', request(), 1) as [Entry]));
    // What is left of the large one's turn, at most.
    const before = take(queue).findIndex(({ name }) => name === 'single0');
    expect(before * 10).toBeLessThanOrEqual(QUANTUM_TOKENS);
  });

  it('lets a long sentence go in its first turn, and takes the next ones for it', () => {
    const long = entries('long', request(), 3, 4 * QUANTUM_TOKENS);
    const queue = queueOf(long, entries('short', request(), 20, QUANTUM_TOKENS));
    const order = take(queue).map(({ name }) => name);
    expect(order.slice(0, 2)).toEqual(['long0', 'short0']);
    expect(order.indexOf('long1')).toBe(5);
  });

  it('gives a request that is alone everything, in its order', () => {
    const queue = queueOf(entries('a', request(), 50, 200));
    expect(namesOf(take(queue))).toBe(namesOf(entries('a', request(), 50)));
    expect(queue.size).toBe(0);
  });

  it('counts tokens, not segments', () => {
    const queue = queueOf(
      entries('long', request(), 100, 40),
      entries('short', request(), 400, 10),
    );
    const long = take(queue, 250).filter(({ name }) => name.startsWith('long')).length;
    expect(long).toBeGreaterThanOrEqual(48);
    expect(long).toBeLessThanOrEqual(52);
  });

  it('gives callers their shares, however many requests they have', () => {
    const small: Caller = { name: 'small', share: 1, allShares: 4 };
    const large: Caller = { name: 'large', share: 3, allShares: 4 };
    const queue = queueOf(
      ...Array.from({ length: 50 }, () => entries('s', request(), 4, 10, small)),
      entries('l', request(), 400, 10, large),
    );
    const taken = take(queue, 200).filter(({ caller }) => caller === large).length;
    expect(taken).toBeGreaterThanOrEqual(145);
    expect(taken).toBeLessThanOrEqual(155);
  });

  it('lets the requests of a caller take turns too', () => {
    const caller: Caller = { name: 'one', share: 1, allShares: 2 };
    const queue = queueOf(
      entries('big', request(), 100, 10, caller),
      entries('single', request(), 1, 10, caller),
    );
    expect(namesOf(take(queue, 5))).toContain('single0');
  });

  it('tells what leaves the queue until a request is through', () => {
    const queue = queueOf(entries('big', request(), 100), entries('small', request(), 2));
    // A turn of the large one, all of the small one, and its own.
    expect(queue.tokensUntilDone(ANYBODY, 20)).toBe(QUANTUM_TOKENS + 20 + 20);
    expect(queue.tokensUntilDone(ANYBODY, 5000)).toBe(1000 + 20 + 5000);
    const caller: Caller = { name: 'other', share: 2, allShares: 3 };
    expect(queue.tokensUntilDone(caller, 3 * QUANTUM_TOKENS)).toBe(5 * QUANTUM_TOKENS);
  });

  it('keeps requests that wait within a turn of each other, whatever comes and goes', () => {
    const longest = 60;
    const sizes = fc.array(fc.integer({ min: 1, max: longest }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(
        fc.array(sizes, { minLength: 2, maxLength: 6 }),
        fc.nat(),
        (requests, removed) => {
          const all = requests.map((request) => ({ request, left: request.length, served: 0 }));
          const queued = all.flatMap((of, index) =>
            of.request.map((sourceTokens) => ({
              name: String(index),
              caller: ANYBODY,
              request: of,
              sourceTokens,
            })),
          );
          const queue = queueOf(queued);
          const gone = queued[removed % queued.length];
          if (gone !== undefined && queue.remove(gone)) gone.request.left--;
          for (let entry = shift(queue); entry !== undefined; entry = shift(queue)) {
            const flow = entry.request as (typeof all)[0];
            flow.left--;
            flow.served += entry.sourceTokens;
            const waiting = all.filter(({ left }) => left > 0).map(({ served }) => served);
            if (waiting.length > 1)
              expect(Math.max(...waiting) - Math.min(...waiting)).toBeLessThanOrEqual(
                QUANTUM_TOKENS + 2 * longest,
              );
          }
          expect(all.map(({ left }) => left)).toEqual(all.map(() => 0));
        },
      ),
      { seed: 6, numRuns: 300 },
    );
  });
});
