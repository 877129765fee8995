import { describe, expect, it } from 'vitest';
import type { Hypothesis } from '#libs/domain';
import { judgeSelfTest, type SelfTest, selfTestRequest } from './self-test.js';

const SELF_TEST: SelfTest = {
  sourceTokenIds: [7, 5, 2],
  forcedBosId: 9,
  candidates: [
    { tokenId: 4, logProbability: -0.5 },
    { tokenId: 8, logProbability: -1.5 },
    { tokenId: 6, logProbability: -3 },
  ],
};

function found(...pairs: [tokenId: number, score: number][]): Hypothesis[] {
  return pairs.map(([tokenId, score]) => ({
    tokenIds: Int32Array.of(2, 9, tokenId),
    score,
    ended: false,
  }));
}

const differenceOf = (...pairs: [number, number][]): number =>
  judgeSelfTest(SELF_TEST, 'fp32', found(...pairs)).difference;

describe('judgeSelfTest', () => {
  it('measures the largest difference of a log-probability', () => {
    expect(differenceOf([4, -0.5], [8, -1.5])).toBe(0);
    expect(differenceOf([4, -0.5], [8, -1.75])).toBe(0.25);
  });

  it('lets near candidates change places, at the price of their distance', () => {
    expect(differenceOf([8, -1], [4, -1])).toBe(0.5);
  });

  it('sees a token that should be improbable, and one that should be probable', () => {
    expect(differenceOf([99, -1])).toBe(2);
    expect(differenceOf([99, -11.5])).toBe(11);
  });

  it('passes up to the bound of the precision, and fails without numbers', () => {
    const judge = (score: number, precision: 'fp32' | 'int8'): boolean =>
      judgeSelfTest(SELF_TEST, precision, found([4, score])).passed;
    expect(judge(-0.505, 'fp32')).toBe(true);
    expect(judge(-0.52, 'fp32')).toBe(false);
    expect(judge(-0.52, 'int8')).toBe(true);
    expect(judge(-3, 'int8')).toBe(false);
    expect(judge(NaN, 'int8')).toBe(false);
    expect(judgeSelfTest(SELF_TEST, 'int8', []).passed).toBe(false);
  });
});

describe('selfTestRequest', () => {
  it('asks for one token after the forced ones', () => {
    expect(selfTestRequest(SELF_TEST)).toMatchObject({
      forcedBosId: 9,
      options: { maxLength: 3, lengthPenalty: 0, beamSize: 8, numHypotheses: 8 },
    });
    const without = { ...SELF_TEST, forcedBosId: undefined };
    expect(selfTestRequest(without).options.maxLength).toBe(2);
  });
});
