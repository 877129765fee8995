import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '#libs/domain';
import { MergeQueue } from './merge-queue.js';

interface Entry {
  readonly score: number;
  readonly left: number;
}

const entries = fc.uniqueArray(
  fc.record({ score: fc.integer({ min: -5, max: 0 }), left: fc.nat(200) }),
  { selector: ({ left }) => left },
);

function bestFirst(a: Entry, b: Entry): number {
  return b.score - a.score || a.left - b.left;
}

describe('MergeQueue', () => {
  it('gives entries by falling score, on a tie from left to right', () => {
    fc.assert(
      fc.property(entries, (pushed) => {
        const queue = new MergeQueue(pushed.length);
        for (const { score, left } of pushed) queue.push(score, left, left + 7);
        for (const { left } of pushed.toSorted(bestFirst)) {
          expect(queue.pop()).toEqual({ left, length: left + 7 });
        }
        expect(queue.pop()).toBeUndefined();
      }),
    );
  });

  it('keeps the order when pushes come between', () => {
    fc.assert(
      fc.property(entries, fc.array(fc.boolean()), (pushed, pops) => {
        const queue = new MergeQueue(pushed.length);
        let waiting: Entry[] = [];
        pushed.forEach((entry, index) => {
          queue.push(entry.score, entry.left, 2);
          waiting = [...waiting, entry].sort(bestFirst);
          if (pops[index] === true) expect(queue.pop()?.left).toBe(waiting.shift()?.left);
        });
      }),
    );
  });

  it('takes no more than its capacity', () => {
    const queue = new MergeQueue(1);
    queue.push(0, 0, 2);
    expect(() => {
      queue.push(0, 1, 2);
    }).toThrow(InvariantError);
  });
});
