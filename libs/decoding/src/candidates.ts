import type { StepOutput } from './model-port.js';

/** The best tokens of one row, best first: rules change the scores in place. */
export interface CandidateRow {
  /** Read only: a view into the step's output. */
  readonly tokenIds: Int32Array;
  readonly scores: Float32Array;
}

/** A way to go on from a row. */
export interface Candidate {
  readonly row: number;
  readonly tokenId: number;
  readonly score: number;
}

export function readCandidates(output: StepOutput, row: number, count: number): CandidateRow {
  const from = row * output.candidateCount;
  const to = from + Math.min(count, output.candidateCount);
  return {
    tokenIds: output.tokenIds.subarray(from, to),
    scores: output.logProbabilities.slice(from, to),
  };
}

/** Puts a row back in order after rules have changed it: by falling score, the lower id first. */
export function sortCandidates({ tokenIds, scores }: CandidateRow): CandidateRow {
  const order = Array.from(tokenIds.keys()).sort(
    (a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || (tokenIds[a] ?? 0) - (tokenIds[b] ?? 0),
  );
  return {
    tokenIds: Int32Array.from(order, (i) => tokenIds[i] ?? 0),
    scores: Float32Array.from(order, (i) => scores[i] ?? 0),
  };
}

/**
 * Keeps the best `limit` of all that it is offered. Rows come in order, and of two equals the lower row goes
 * first, then the lower token.
 */
export class CandidateRanking {
  readonly #entries: Candidate[] = [];

  constructor(private readonly limit: number) {}

  get entries(): readonly Candidate[] {
    return this.#entries;
  }

  /** @returns false where the candidate is worse than all that are kept, and so is every worse one. */
  offer(candidate: Candidate): boolean {
    const entries = this.#entries;
    const place = entries.findLastIndex((entry) => !isBefore(candidate, entry)) + 1;
    entries.splice(place, 0, candidate);
    if (entries.length > this.limit) entries.pop();
    return candidate.score >= (entries.at(-1)?.score ?? -Infinity);
  }
}

function isBefore(candidate: Candidate, other: Candidate): boolean {
  if (candidate.score !== other.score) return candidate.score > other.score;
  return candidate.row === other.row && candidate.tokenId < other.tokenId;
}
