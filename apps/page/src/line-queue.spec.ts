import { describe, expect, it } from 'vitest';
import { Fault } from './fault.js';
import { LineQueue, type LineOutcome } from './line-queue.js';

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A queue of two whose requests end when the test says so. */
function openQueue() {
  const open = new Map<
    string,
    { resolve: (result: string) => void; reject: (reason: unknown) => void }
  >();
  const started: string[] = [];
  const aborted: string[] = [];
  const outcomes: [string, LineOutcome<string>][] = [];
  const queue = new LineQueue<string>(
    (line, signal) =>
      new Promise((resolve, reject) => {
        started.push(line);
        open.set(line, { resolve, reject });
        signal.addEventListener('abort', () => {
          aborted.push(line);
          reject(new DOMException('Aborted', 'AbortError'));
        });
      }),
    (line, outcome) => outcomes.push([line, outcome]),
    2,
  );
  const finish = async (line: string): Promise<void> => {
    open.get(line)?.resolve(line.toUpperCase());
    await nextTurn();
  };
  const fail = async (line: string, reason: unknown): Promise<void> => {
    open.get(line)?.reject(reason);
    await nextTurn();
  };
  return { queue, started, aborted, outcomes, finish, fail };
}

describe('LineQueue', () => {
  it('has no more than its width under way, and keeps the order', async () => {
    const { queue, started, outcomes, finish } = openQueue();
    queue.want(['a', 'b', 'c', 'd']);
    expect(started).toEqual(['a', 'b']);
    await finish('b');
    expect(started).toEqual(['a', 'b', 'c']);
    await finish('a');
    await finish('d');
    await finish('c');
    expect(outcomes.map(([line]) => line)).toEqual(['b', 'a', 'd', 'c']);
    expect(outcomes[0]?.[1]).toEqual({ result: 'B' });
    expect(queue.isIdle).toBe(true);
  });

  it('aborts what is not wanted any more, says nothing of it and starts the next', async () => {
    const { queue, started, aborted, outcomes, finish } = openQueue();
    queue.want(['a', 'b', 'c']);
    queue.want(['b', 'd']);
    await finish('a');
    expect([started, aborted, outcomes]).toEqual([['a', 'b', 'd'], ['a'], []]);
  });

  it('leaves what is under way alone when it is wanted again', () => {
    const { queue, started, aborted } = openQueue();
    queue.want(['a', 'b']);
    queue.want(['b', 'a']);
    expect([started, aborted]).toEqual([['a', 'b'], []]);
  });

  it('asks again for a line that was given up, and takes the second answer alone', async () => {
    const { queue, started, outcomes, finish } = openQueue();
    queue.want(['a']);
    queue.want([]);
    queue.want(['a']);
    await finish('a');
    expect([started, outcomes]).toEqual([['a', 'a'], [['a', { result: 'A' }]]]);
  });

  it('starts nothing while it pauses', async () => {
    const { queue, started, outcomes, finish } = openQueue();
    queue.want(['a', 'b', 'c']);
    queue.pause();
    await finish('a');
    expect([started, outcomes.length]).toEqual([['a', 'b'], 1]);
    queue.resume();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('reports faults as they are, and whatever else went wrong as one of the page', async () => {
    const { queue, outcomes, fail } = openQueue();
    const late = new Fault('late', 'Late', 'Too late.');
    queue.want(['a', 'b']);
    await fail('a', late);
    await fail('b', new SyntaxError('Unexpected end of JSON input'));
    expect(outcomes[0]).toEqual(['a', { fault: late }]);
    expect(outcomes[1]?.[1]).toMatchObject({ fault: { kind: 'broken' } });
  });
});
