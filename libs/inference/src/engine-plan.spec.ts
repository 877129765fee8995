import { describe, expect, it } from 'vitest';
import { shareCores } from './engine-plan.js';

describe('the threads of an engine', () => {
  it.each([
    [2, 1, true, { threads: 2 }],
    [2, 2, true, { threads: 2, threadsInCompany: 1 }],
    [16, 3, true, { threads: 16, threadsInCompany: 5 }],
    [1, 2, true, { threads: 1 }],
    [2, 2, false, { threads: 1 }],
    [4, 8, false, { threads: 1 }],
  ])('on %i cores, one of %i, packed: %s, are %j', (cores, replicas, isPacked, expected) => {
    expect(shareCores(cores, replicas, isPacked)).toEqual(expected);
  });
});
