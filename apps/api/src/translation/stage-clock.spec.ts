import { describe, expect, it } from 'vitest';
import { slowerTimes, StageClock, sumTimes } from './stage-clock.js';

describe('StageClock', () => {
  it('takes queue and inference from the slowest segment', () => {
    const clock = new StageClock();
    clock.add({ queueMs: 5, inferenceMs: 10 });
    clock.add({ queueMs: 0, inferenceMs: 40 });
    clock.add({ queueMs: 20, inferenceMs: 10 });
    expect(clock.times).toMatchObject({ tokenizationMs: 0, queueMs: 0, inferenceMs: 40 });
  });

  it('counts what a request waited for its turn as queue', () => {
    const clock = new StageClock({ arrivedAtMs: 100, enteredAtMs: 130 });
    expect(clock.times).toMatchObject({ queueMs: 30, inferenceMs: 0 });
    clock.add({ queueMs: 5, inferenceMs: 10 });
    expect(clock.times).toMatchObject({ queueMs: 35, inferenceMs: 10 });
    expect(clock.stages(Infinity).slice(0, 2)).toMatchObject([
      { name: 'enter', startMs: 100, endMs: 130 },
      { name: 'read', startMs: 130 },
    ]);
  });

  it('adds up the work on text, also where it fails', () => {
    const clock = new StageClock();
    const spin = (): number => {
      const startedAtMs = performance.now();
      while (performance.now() - startedAtMs < 2);
      return 7;
    };
    expect(clock.tokenizing(spin)).toBe(7);
    expect(() =>
      clock.tokenizing(() => {
        throw new Error(`after ${spin()}`);
      }),
    ).toThrow('after 7');
    expect(clock.times.tokenizationMs).toBeGreaterThanOrEqual(4);
  });

  it('adds a second way through the engine to the first, and compares whole ways', () => {
    const halves = slowerTimes({ queueMs: 1, inferenceMs: 2 }, { queueMs: 3, inferenceMs: 1 });
    expect(sumTimes({ queueMs: 10, inferenceMs: 20 }, halves)).toEqual({
      queueMs: 13,
      inferenceMs: 21,
    });
  });
});
