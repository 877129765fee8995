/**
 * Names, types and axes of what goes into the two graphs and comes out. The compiler writes graphs with
 * these, the runtime feeds them.
 *
 * Axes: B sentences in the batch, S padded source tokens, T source tokens that are really there (of all
 * sentences, packed), G query slots a sentence, R beams that are really there (of all sentences, packed),
 * P padded pool nodes, H heads, D head size, K candidates, L decoder layers.
 */
export const ENCODER_TENSORS = {
  /** int64 [T]: source token ids, sentence after sentence, without padding. */
  tokenId: 'token_id',
  /** int64 [T]: rows of the position table (2 for a sentence's first token). */
  position: 'position',
  /** int64 [B, S]: for each padded place the row in 0…T−1 that fills it; padding may name any row. */
  slotRow: 'slot_row',
  /** int64 [T]: for each row its place b·S + s. */
  rowSlot: 'row_slot',
  /** int32 [B, S]: 1 where there is a token, 0 where there is padding. */
  sourceMask: 'source_mask',
  /** float32 [B, H, S, D]: cross-attention keys of decoder layer i. */
  crossKey: (layer: number): string => `cross_k_${layer}`,
  /** float32 [B, H, S, D]: cross-attention values of decoder layer i. */
  crossValue: (layer: number): string => `cross_v_${layer}`,
} as const;

export const DECODER_TENSORS = {
  /** int64 [R]: the token that each beam feeds. */
  tokenId: 'token_id',
  /** int64 [R]: rows of the position table (2 for the decoder start token). */
  position: 'position',
  /** int64 [B, G]: for each query slot the row in 0…R−1 that fills it; an empty slot may name any row. */
  slotRow: 'slot_row',
  /** int64 [R]: for each row its slot b·G + g. */
  rowSlot: 'row_slot',
  /** float32 [B, 1, G, P]: 0 at the ancestors of the beam in the slot, −1e9 elsewhere. */
  tree: 'tree',
  /** int32 [B, S]: 1 where there is a source token, 0 where there is padding. */
  sourceMask: 'source_mask',
  /** int64 [1]: K, candidates kept for each row. */
  candidateCount: 'candidate_count',
  /** float32 [B, H, P, D]: keys of the nodes of decoder layer i. */
  poolKey: (layer: number): string => `pool_k_${layer}`,
  /** float32 [B, H, P, D]: values of the nodes of decoder layer i. */
  poolValue: (layer: number): string => `pool_v_${layer}`,
  crossKey: ENCODER_TENSORS.crossKey,
  crossValue: ENCODER_TENSORS.crossValue,
  /** Out, float32 [R, K]: log-probabilities of the best K tokens, falling. */
  candidateLogProbability: 'candidate_log_probability',
  /** Out, int32 [R, K]: their ids; the lower id first where two are equal. */
  candidateTokenId: 'candidate_token_id',
  /** Out, float32 [R, 1]: raw logit less log-probability of the best candidate. */
  logNormalizer: 'log_normalizer',
  /** Out, float32 [2L, R, H·D]: key, value of layer 0, key, value of layer 1, … of each row. */
  newKeyValue: 'new_key_value',
} as const;

/** Offset from a token's index in its sequence to its row of the position table (the padding id + 1). */
export const POSITION_OFFSET = 2;
