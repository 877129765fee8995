import { describe, expect, it } from 'vitest';
import { RestartBudget } from './restart-budget.js';

const LIMITS = {
  maxRestarts: 4,
  restartWindowMs: 1000,
  firstRestartDelayMs: 10,
  longestRestartDelayMs: 50,
};

describe('RestartBudget', () => {
  it('waits twice as long each time, up to the longest delay, then gives up', () => {
    const budget = new RestartBudget(LIMITS);
    expect([0, 1, 2, 3, 4].map((nowMs) => budget.take(nowMs))).toEqual([10, 20, 40, 50, undefined]);
  });

  it('forgets restarts that are longer ago than its window', () => {
    const budget = new RestartBudget(LIMITS);
    for (const nowMs of [0, 500, 500, 500]) budget.take(nowMs);
    expect(budget.take(999)).toBeUndefined();
    expect(budget.take(1000)).toBe(50);
    expect(budget.take(1499)).toBeUndefined();
    expect(budget.take(3000)).toBe(10);
  });

  it('does not count what it has refused', () => {
    const budget = new RestartBudget(LIMITS);
    for (let nowMs = 0; nowMs < 1000; nowMs++) budget.take(nowMs);
    expect(budget.take(1003)).toBe(10);
  });
});
