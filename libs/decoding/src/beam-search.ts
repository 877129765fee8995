import { assertInvariant, type GenerationOptions, type Hypothesis } from '#libs/domain';
import {
  type Candidate,
  CandidateRanking,
  type CandidateRow,
  readCandidates,
  sortCandidates,
} from './candidates.js';
import { FinishedPool } from './finished-pool.js';
import type { StepOutput } from './model-port.js';
import { buildTokenRules, type TokenRule } from './token-rules/index.js';
import { ROOT, TokenTree } from './token-tree.js';

/** A running hypothesis: the path to `parent`, then `tokenId`, which the next step feeds. */
export interface Beam {
  readonly tokenId: number;
  readonly parent: number;
  /** Sum of log-probabilities, or of logits where there is one beam; float32, not normalised. */
  readonly score: number;
}

export interface SearchTokens {
  readonly decoderStart: number;
  readonly end: number;
  /** The first token after the start: the target language. Undefined where the model has none. */
  readonly forcedBos: number | undefined;
}

/**
 * Beam search for one sentence, equal to Hugging Face `generate` in tokens, and in scores as far as the
 * model's log-probabilities are equal. All arithmetic on scores is float32, as there.
 *
 * Each step: the caller feeds `beams`, one row each, then hands the model's candidates to `advance`. Greedy
 * search is one beam that takes its best candidate; it is given logits, which its rules work on, more beams
 * log-probabilities.
 *
 * Two differences that change no result: beams that Hugging Face starts with a score of −1e9 are left out,
 * since they cannot win, and so is every beam but the first while the language token is forced.
 *
 * Source: transformers 4.57.6, `generation/utils.py`, `_beam_search`.
 */
export class BeamSearch {
  readonly tree = new TokenTree();
  readonly #rules: readonly TokenRule[];
  readonly #finished: FinishedPool;
  #beams: readonly Beam[];
  #length = 1;
  #isDone = false;

  constructor(
    private readonly options: GenerationOptions,
    private readonly tokens: SearchTokens,
    private readonly wantsAlignment = false,
  ) {
    this.#rules = buildTokenRules(options, tokens.end);
    this.#finished = new FinishedPool(options.beamSize);
    this.#beams = [{ tokenId: tokens.decoderStart, parent: ROOT, score: 0 }];
  }

  get beams(): readonly Beam[] {
    return this.#beams;
  }

  /** Tokens of each running beam, the one to be fed included. */
  get length(): number {
    return this.#length;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** The result, best first, once the search is done. */
  get hypotheses(): readonly Hypothesis[] {
    assertInvariant(this.#isDone, 'the search is not done');
    return this.#finished.hypotheses.slice(0, this.options.numHypotheses);
  }

  /** Whether the next step depends on what the model says: a forced token follows whatever that is. */
  get wantsCandidates(): boolean {
    return this.#forcedToken === undefined;
  }

  /** How many candidates the next step has to give for each row, so that no rule can hide the right one. */
  get candidateCount(): number {
    if (!this.wantsCandidates) return 0;
    let reach = 0;
    if (this.#rules.length > 0) {
      for (const beam of this.#beams) {
        const target = this.#target(beam);
        reach = Math.max(
          reach,
          this.#rules.reduce((sum, rule) => sum + rule.reach(target), 0),
        );
      }
    }
    return this.#kept + reach;
  }

  /**
   * Takes in what the model made of the beams, and finds the next ones. Where candidates were wanted they begin at
   * `firstRow` of the output. `attended` is what each beam attended to of the source, where that is wanted.
   *
   * @returns the node of the tree that each beam has become, in order.
   */
  advance(output: StepOutput, firstRow: number, attended?: readonly Uint8Array[]): number[] {
    assertInvariant(!this.#isDone, 'the search is done');
    const candidates = this.#rank(output, firstRow);
    const nodes = this.#beams.map(({ tokenId, parent }, index) =>
      this.tree.append(tokenId, parent, attended?.[index]),
    );
    this.#length++;
    const beams: Beam[] = [];
    candidates.forEach((candidate, rank) => {
      const parent = nodes[candidate.row] ?? ROOT;
      const { tokenId, score } = candidate;
      if (tokenId === this.tokens.end || this.#length >= this.options.maxLength) {
        if (rank < this.options.beamSize) this.#finish(parent, candidate);
      } else if (beams.length < this.options.beamSize) {
        beams.push({ tokenId, parent, score });
      }
    });
    this.#beams = beams;
    this.#isDone = this.#shouldStop();
    return nodes;
  }

  /** Drops the nodes that no running beam reaches. */
  prune(): void {
    this.tree.prune(this.#beams.map(({ parent }) => parent));
  }

  /** Candidates that take part in the ranking: of twice the beams at most half can be end tokens. */
  get #kept(): number {
    return this.#isGreedy ? 1 : 2 * this.options.beamSize;
  }

  get #isGreedy(): boolean {
    return this.options.beamSize === 1;
  }

  get #forcedToken(): number | undefined {
    return this.#length === 1 ? this.tokens.forcedBos : undefined;
  }

  #target({ parent, tokenId }: Beam): number[] {
    return [...this.tree.path(parent), tokenId];
  }

  #rank(output: StepOutput, firstRow: number): readonly Candidate[] {
    const forced = this.#forcedToken;
    // A forced token has the log-probability 0, whatever the model says.
    if (forced !== undefined) return [{ row: 0, tokenId: forced, score: 0 }];
    const ranking = new CandidateRanking(this.#kept);
    this.#beams.forEach((beam, row) => {
      this.#offerRow(ranking, this.#readRow(output, firstRow + row, beam), beam, row);
    });
    return ranking.entries;
  }

  #offerRow(
    ranking: CandidateRanking,
    { tokenIds, scores }: CandidateRow,
    beam: Beam,
    row: number,
  ): void {
    for (let i = 0; i < tokenIds.length; i++) {
      const score = Math.fround(beam.score + (scores[i] ?? NaN));
      assertInvariant(
        !Number.isNaN(score),
        'the model gave a log-probability that is not a number',
      );
      if (!ranking.offer({ row, tokenId: tokenIds[i] ?? 0, score })) return;
    }
  }

  /** A row's candidates after the rules, best first. */
  #readRow(output: StepOutput, outputRow: number, beam: Beam): CandidateRow {
    const candidates = readCandidates(output, outputRow, output.candidateCount);
    if (this.#rules.length === 0) return candidates;
    const target = this.#target(beam);
    for (const rule of this.#rules) rule.apply(candidates, target);
    return sortCandidates(candidates);
  }

  #finish(parent: number, { tokenId, score }: Candidate): void {
    this.#finished.insert({
      tokenIds: Int32Array.from([...this.tree.path(parent), tokenId]),
      score: this.#normalize(score, this.#length - 1),
      ended: tokenId === this.tokens.end,
      ...(this.wantsAlignment && { sourceAttention: this.tree.attended(parent) }),
    });
  }

  /** `length` leaves out the decoder start token. */
  #normalize(score: number, length: number): number {
    return Math.fround(score / Math.fround(length ** this.options.lengthPenalty));
  }

  #shouldStop(): boolean {
    const best = this.#beams[0];
    if (best === undefined) return true;
    if (!this.#finished.isFull) return false;
    const { earlyStopping, lengthPenalty, maxLength } = this.options;
    if (this.#isGreedy || earlyStopping === true) return true;
    const longest = earlyStopping === 'never' && lengthPenalty > 0 ? maxLength : this.#length;
    return this.#normalize(best.score, longest - 1) <= this.#finished.worstScore;
  }
}
