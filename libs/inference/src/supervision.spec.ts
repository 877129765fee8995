import { describe, expect, it } from 'vitest';
import { endOfFailedRun, silenceLimitMs, SUPERVISION_LIMITS } from './supervision.js';

describe('silenceLimitMs', () => {
  it.each([
    [0, 0, 10_000],
    [500, 0, 10_000],
    [2000, 0, 40_000],
    [500, 2000, 10_000],
    [500, 12_000, 48_000],
  ])('for turns of %d ms and a run of %d ms is %d ms', (p99TurnMs, expectedRunMs, limitMs) => {
    expect(silenceLimitMs(SUPERVISION_LIMITS, { p99TurnMs, expectedRunMs })).toBe(limitMs);
  });
});

describe('endOfFailedRun', () => {
  it.each([
    [
      'Non-zero status code returned while running Add node. bfc_arena.cc:360 Failed to allocate memory for requested buffer of size 641024\n',
      'out_of_memory',
    ],
    ['std::bad_alloc', 'out_of_memory'],
    ['Array buffer allocation failed', 'out_of_memory'],
    [
      'Non-zero status code returned while running Gather node. indices element out of data bounds',
      'crash',
    ],
  ])('takes %j for %s', (message, cause) => {
    expect(endOfFailedRun(message)).toEqual({ cause, description: message.trim() });
  });
});
