import { describe, expect, it } from 'vitest';
import { CandidateRanking } from './candidates.js';

/** Offers `[row, tokenId, score]` in turn; says what is kept, and at which offers it was told to stop. */
function rank(limit: number, offers: readonly (readonly [number, number, number])[]) {
  const ranking = new CandidateRanking(limit);
  const refused = offers.flatMap(([row, tokenId, score]) =>
    ranking.offer({ row, tokenId, score }) ? [] : [tokenId],
  );
  return { refused, kept: ranking.entries.map(({ tokenId }) => tokenId) };
}

describe('CandidateRanking', () => {
  it('keeps the best, of equals the lower row first, then the lower token', () => {
    const offers = [
      [0, 10, -1],
      [0, 3, -1],
      [0, 11, -2],
      [1, 7, -0.5],
      [1, 2, -1],
    ] as const;
    expect(rank(5, offers)).toEqual({ refused: [], kept: [7, 3, 10, 2, 11] });
  });

  it('goes on asking where an equal of the last may come before it', () => {
    const offers = [
      [0, 10, -1],
      [0, 12, -1],
      [0, 3, -1],
      [0, 4, -2],
    ] as const;
    expect(rank(1, offers)).toEqual({ refused: [4], kept: [3] });
  });
});
