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

/** Keeps the best `limit` of all that it is offered; of two equals the one that came first. */
export class CandidateRanking {
  readonly #entries: Candidate[] = [];

  constructor(private readonly limit: number) {}

  get entries(): readonly Candidate[] {
    return this.#entries;
  }

  /** @returns false where the candidate is not among the best, and so no worse one can be. */
  offer(candidate: Candidate): boolean {
    const entries = this.#entries;
    let place = entries.length;
    while (place > 0 && (entries[place - 1]?.score ?? 0) < candidate.score) place--;
    if (place >= this.limit) return false;
    entries.splice(place, 0, candidate);
    if (entries.length > this.limit) entries.pop();
    return true;
  }
}
