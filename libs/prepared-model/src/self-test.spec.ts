import { describe, expect, it } from 'vitest';
import { judgeSelfTest, type SelfTest, type SelfTestStep, shortenSelfTest } from './self-test.js';

const SELF_TEST: SelfTest = {
  sourceTokenIds: [7, 5, 2],
  targetTokenIds: [2, 9],
  steps: [
    { tokenIds: [4, 8], logProbabilities: [-0.5, -1.5] },
    { tokenIds: [6, 4], logProbabilities: [-1, -2] },
  ],
  roundingError: 0,
};

type Pairs = readonly (readonly [tokenId: number, logProbability: number])[];

function found(...steps: Pairs[]): SelfTestStep[] {
  return steps.map((pairs) => ({
    tokenIds: Int32Array.from(pairs, ([tokenId]) => tokenId),
    logProbabilities: Float32Array.from(pairs, ([, logProbability]) => logProbability),
  }));
}

const FIRST: Pairs = [
  [4, -0.5],
  [8, -1.5],
];
const SECOND: Pairs = [
  [6, -1],
  [4, -2],
];

const differenceOf = (...steps: Pairs[]): number =>
  judgeSelfTest(SELF_TEST, found(...steps)).difference;

describe('judgeSelfTest', () => {
  it('measures the mean difference of a log-probability over all steps', () => {
    expect(differenceOf(FIRST, SECOND)).toBe(0);
    expect(
      differenceOf(FIRST, [
        [6, -1.25],
        [4, -2.75],
      ]),
    ).toBe(0.25);
  });

  it('lets near candidates change places, and takes no notice of others', () => {
    const second: Pairs = [
      [4, -1],
      [5, -1.5],
      [6, -1],
    ];
    expect(differenceOf(FIRST, second)).toBe(0.25);
  });

  it('takes a token that is not among the answers for the last of them', () => {
    const second: Pairs = [
      [6, -1],
      [5, -3],
    ];
    expect(differenceOf(FIRST, second)).toBe(0.25);
  });

  it('passes up to a little in fp32, and up to twice what rounding does in int8', () => {
    const passes = (difference: number, roundingError: number): boolean =>
      judgeSelfTest(
        { ...SELF_TEST, roundingError },
        found(FIRST, [
          [6, -1 - 4 * difference],
          [4, -2],
        ]),
      ).passed;
    expect(passes(0.0009, 0)).toBe(true);
    expect(passes(0.0011, 0)).toBe(false);
    expect(passes(0.08, 0.04)).toBe(true);
    expect(passes(0.082, 0.04)).toBe(false);
  });

  it('fails without numbers, without answers and without a step', () => {
    const passes = (...steps: Pairs[]): boolean =>
      judgeSelfTest({ ...SELF_TEST, roundingError: 100 }, found(...steps)).passed;
    expect(passes(FIRST, SECOND)).toBe(true);
    expect(passes(FIRST, [[6, NaN], ...SECOND.slice(1)])).toBe(false);
    expect(passes(FIRST, [])).toBe(false);
    expect(passes(FIRST)).toBe(false);
    expect(passes()).toBe(false);
  });
});

describe('shortenSelfTest', () => {
  it('keeps the first steps, or all where there are no more', () => {
    const first = shortenSelfTest(SELF_TEST, 1);
    expect(first.targetTokenIds).toEqual([2]);
    expect(judgeSelfTest(first, found(FIRST)).passed).toBe(true);
    expect(shortenSelfTest(SELF_TEST, 9)).toEqual(SELF_TEST);
  });
});
