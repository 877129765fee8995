/**
 * Names, types and axes of what goes into the two graphs and comes out. The compiler writes graphs with
 * these, the runtime feeds them.
 *
 * Axes: B sentences in the batch, S padded source tokens, T source tokens that are really there (of all
 * sentences, packed), G query slots a sentence, R beams that are really there (of all sentences, packed), Q of
 * them whose candidates are wanted, C places in a page, H heads, D head size, K candidates, L decoder layers; of the two kinds of attention
 * of the decoder each has N pages of all sentences and M pages a sentence, padded.
 */
export const ENCODER_TENSORS = {
  /** int64 [T]: source token ids, sentence after sentence, without padding. */
  tokenId: 'token_id',
  /** int64 [T]: rows of the position table (2 for a sentence's first token). */
  position: 'position',
  /** int64 [B, S]: for each padded place the row in 0…T−1 that fills it; padding may name any row. */
  slotRow: 'slot_row',
  /** int32 [T, H]: for each row and head its place in [B, H, S]. */
  rowPlace: 'row_place',
  /** float32 [B, 1, 1, S]: 0 where there is a token, −1e9 where there is padding. */
  sourceMask: 'source_mask',
  /** int64 [N, C]: for each place of the pages the row that fills it; padding may name any row. */
  pageRow: 'page_row',
  /** float32 [N, H, D, C]: cross-attention keys of decoder layer i. */
  crossKey: (layer: number): string => `cross_k_${layer}`,
  /** float32 [N, H, C, D]: cross-attention values of decoder layer i. */
  crossValue: (layer: number): string => `cross_v_${layer}`,
} as const;

/**
 * The indices that lead an attention's queries to pages and back, all int32. Each names a row of a tensor
 * whose leading axes are flattened.
 */
export const PAGED_ATTENTION_TENSORS = {
  /** [N, H, G]: the query that meets the page, in [R, H]. */
  query: (attention: PagedAttentionKind): string => `${attention}_query`,
  /** [B, H, G, M]: the page's scores, in [N, H, G]. */
  scorePage: (attention: PagedAttentionKind): string => `${attention}_score_page`,
  /** [N, H, G]: the page's weights, in [B, H, G, M]. */
  weightPage: (attention: PagedAttentionKind): string => `${attention}_weight_page`,
  /** [M, R, H]: the page's part of a row's answer, in [N, H, G]. */
  rowPage: (attention: PagedAttentionKind): string => `${attention}_row_page`,
} as const;

/** `pool`: a beam to its past; `cross`: to the source. */
export type PagedAttentionKind = 'pool' | 'cross';

export const DECODER_TENSORS = {
  /** int64 [R]: the token that each beam feeds. */
  tokenId: 'token_id',
  /** int64 [R]: rows of the position table (2 for the decoder start token). */
  position: 'position',
  /** int32 [B, H, G]: the row in each query slot, in [R, H]; an empty slot may name any row. */
  ownQuery: 'own_query',
  /** int32 [R, H]: the slot of each row, in [B, H, G]. */
  ownSlot: 'own_slot',
  /** float32 [B, 1, G, M·C]: 0 at the ancestors of the beam in the slot, −1e9 elsewhere. */
  tree: 'tree',
  /** float32 [B, 1, 1, M·C]: 0 where there is a source token, −1e9 elsewhere. */
  sourceMask: 'source_mask',
  /** int64 [Q]: the rows whose candidates are wanted; one at the least. */
  candidateRow: 'candidate_row',
  /** int64 [1]: K, candidates kept for each of them. */
  candidateCount: 'candidate_count',
  /** bool []: whether log-probabilities are wanted, or logits will do. */
  wantsProbabilities: 'wants_probabilities',
  /** float32 [N, H, C, D]: keys of the nodes of decoder layer i; page 0 holds zeros. */
  poolKey: (layer: number): string => `pool_k_${layer}`,
  /** float32 [N, H, C, D]: values of the nodes of decoder layer i; page 0 holds zeros. */
  poolValue: (layer: number): string => `pool_v_${layer}`,
  /** As the encoder gives them, behind a page 0 of zeros. */
  crossKey: ENCODER_TENSORS.crossKey,
  crossValue: ENCODER_TENSORS.crossValue,
  /** Out, float32 [Q, K]: log-probabilities or logits of the best K tokens, falling. */
  candidateLogProbability: 'candidate_log_probability',
  /** Out, int32 [Q, K]: their ids; the lower id first where two are equal. */
  candidateTokenId: 'candidate_token_id',
  /** Out, float32 [Q, 1]: logit less log-probability of every token; 0 where logits will do. */
  logNormalizer: 'log_normalizer',
  /** Out, float32 [R, H, D]: the rows' own keys in decoder layer i. */
  newKey: (layer: number): string => `new_k_${layer}`,
  /** Out, float32 [R, H, D]: the rows' own values in decoder layer i. */
  newValue: (layer: number): string => `new_v_${layer}`,
  /** Out, float32 [B, G, M·C]: what a slot attends to of the source in one layer, the mean of its heads. */
  sourceAttention: 'source_attention',
} as const;

/** Offset from a token's index in its sequence to its row of the position table (the padding id + 1). */
export const POSITION_OFFSET = 2;
