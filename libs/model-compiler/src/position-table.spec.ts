import { describe, expect, it } from 'vitest';
import { positionTable } from './position-table.js';

const table = positionTable(1024, 256);
const row = (index: number): number[] => [...table.subarray(index * 256, (index + 1) * 256)];

describe('positionTable', () => {
  it('has two rows more than positions, and zeros for the padding', () => {
    expect(table.length).toBe(1026 * 256);
    expect(row(0)).toEqual([...Array<number>(128).fill(0), ...Array<number>(128).fill(1)]);
    expect(row(1).every((value) => value === 0)).toBe(true);
  });

  // NumPy in float32, step by step as get_embedding in transformers 4.57.6.
  it.each([
    [
      2,
      { 0: 0.9092974, 1: 0.95844567, 77: 0.0075132735, 128: -0.4161468, 129: -0.28527522, 255: 1 },
    ],
    [
      1025,
      {
        0: 0.7451735,
        1: -0.98432547,
        77: -0.6510723,
        127: 0.102320604,
        128: 0.66687065,
        200: 0.7319688,
      },
    ],
  ])('has the sines and then the cosines of row %i', (index, expected) => {
    for (const [i, value] of Object.entries(expected))
      expect(row(index)[Number(i)]).toBeCloseTo(value, 6);
  });
});
