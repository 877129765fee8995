import { describe, expect, it } from 'vitest';
import { measure } from './measurement.js';
import type { Ending } from './open-loop.js';

function answerOf(ending: Ending, timeMs: number) {
  return { ending, scheduledAtMs: 1000, sentAtMs: 1004, answeredAtMs: 1000 + timeMs };
}

describe('measure', () => {
  it('takes the times of successful requests, from when they were due', () => {
    const answers = [answerOf(200, 100), answerOf(200, 300), answerOf(503, 5)];
    const { responseTimes, ...counts } = measure(answers, 2000, 200);
    expect(counts).toMatchObject({ requests: 3, successful: 2, inTime: 1, spanMs: 2000 });
    expect(responseTimes).toMatchObject({ averageMs: 200, minimumMs: 100, maximumMs: 300 });
    expect(responseTimes?.percentilesMs['50']).toBeCloseTo(100, 0);
    expect(responseTimes?.percentilesMs['99.9']).toBeCloseTo(300, 0);
    expect(counts.generatorLagP99Ms).toBeCloseTo(4, 1);
  });

  it('counts endings by status, the most frequent first', () => {
    const answers = [
      answerOf(200, 1),
      answerOf('no answer', 1),
      answerOf(503, 1),
      answerOf(503, 1),
      answerOf('wrong answer', 1),
      answerOf(503, 1),
      answerOf('no answer', 1),
    ];
    expect(Object.entries(measure(answers, 1).endings)).toEqual([
      ['status 503', 3],
      ['no answer', 2],
      ['status 200', 1],
      ['wrong answer', 1],
    ]);
  });

  it('has no times where nothing was successful', () => {
    expect(measure([answerOf(503, 1)], 1).responseTimes).toBeUndefined();
    expect(measure([], 1)).toMatchObject({ requests: 0, endings: {} });
  });
});
