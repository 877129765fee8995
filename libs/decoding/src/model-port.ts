import type { PagedAttention } from './paged-attention.js';
import type { QuerySlots } from './query-slots.js';

/** Sizes of the model that the decoding loop needs. */
export interface ModelFacts {
  readonly heads: number;
  readonly headSize: number;
  readonly decoderLayers: number;
  readonly vocabularySize: number;
  /** Most tokens in a source or a target. */
  readonly maxPositions: number;
  readonly endTokenId: number;
  readonly decoderStartTokenId: number;
}

/**
 * Sources to encode, packed: the rows are the tokens of all sentences, one after the other, without
 * padding. Attention alone works on the padded `[sentences, querySlots]` places.
 */
export interface EncoderBatch extends QuerySlots {
  /** `[rows]` token ids. */
  readonly tokenIds: Int32Array;
  /** `[rows]` index of each token in its sentence. */
  readonly positions: Int32Array;
  /** `[sentences, querySlots]` 0 where there is a token, `MASKED` elsewhere. */
  readonly sourceMask: Float32Array;
  /** `[pages, PAGE_PLACES]` the row at each place of the pages, sentence after sentence; padding names row 0. */
  readonly pageRows: Int32Array;
}

/**
 * Cross-attention in pages: layer 0's keys, its values, layer 1's keys, … Keys are
 * `[pages, heads, headSize, PAGE_PLACES]`, values `[pages, heads, PAGE_PLACES, headSize]`.
 */
export type EncodedSources = readonly Float32Array[];

/**
 * One decoder step. The rows are the live beams of all sentences, packed; attention works on
 * `[sentences, querySlots]` slots, against pages of nodes and sources that the caller owns.
 */
export interface StepBatch extends QuerySlots {
  /** `[rows]` the token that each beam feeds. */
  readonly tokenIds: Int32Array;
  /** `[rows]` index of that token in the target. */
  readonly positions: Int32Array;
  /** Pages `[heads, PAGE_PLACES, headSize]` of the nodes that the beams have fed. */
  readonly nodes: PagedAttention;
  /** `[sentences, querySlots, places]` 0 at a beam's ancestors, `MASKED` elsewhere. */
  readonly tree: Float32Array;
  /** Cross-attention keys and values as the encoder gave them. */
  readonly sources: PagedAttention;
  /** `[sentences, places]` 0 at source tokens, `MASKED` elsewhere. */
  readonly sourceMask: Float32Array;
  /** `[candidate rows]` the rows whose candidates are wanted; one at the least. */
  readonly candidateRows: Int32Array;
  /** Candidates wanted for each of them. */
  readonly candidateCount: number;
  /** Whether log-probabilities are wanted; greedy search wants logits. */
  readonly wantsProbabilities: boolean;
  /** Whether what the beams attend to of their sources is wanted. */
  readonly wantsSourceAttention: boolean;
}

export interface StepOutput {
  readonly candidateCount: number;
  /**
   * `[candidate rows, candidateCount]` log-probabilities, falling; where two are equal the lower id comes first.
   * Where no probabilities were wanted, logits.
   */
  readonly logProbabilities: Float32Array;
  /** `[candidate rows, candidateCount]` token ids. */
  readonly tokenIds: Int32Array;
  /**
   * `[candidate rows]` logit less what `logProbabilities` has for it: the same for every token of a row, 0 where that
   * is the logit.
   */
  readonly logNormalizers: Float32Array;
  /**
   * Layer 0's keys of the tokens that were fed, its values, layer 1's keys, …: `[rows, heads · headSize]` each.
   */
  readonly newKeyValues: readonly Float32Array[];
  /**
   * `[sentences, querySlots, places]` what each beam attends to of the source; where it was wanted, by a model
   * that has it.
   */
  readonly sourceAttention?: Float32Array | undefined;
}

/** The model as the decoding loop sees it. Calls never overlap. */
export interface ModelPort {
  readonly facts: ModelFacts;
  /** That it computes with. */
  readonly threads: number;
  encode(batch: EncoderBatch): Promise<EncodedSources>;
  step(batch: StepBatch): Promise<StepOutput>;
}

/** Added to the score of what a query may not see. Finite, so that padding never makes a NaN. */
export const MASKED = -1e9;
