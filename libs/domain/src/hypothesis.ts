/** One translation of a segment, as the search found it. */
export interface Hypothesis {
  /** Target token ids from the decoder start token to the end token, where one was reached. */
  readonly tokenIds: Int32Array;
  /**
   * Sum of the log-probabilities over `(length − 1) ** lengthPenalty`, in float32: Hugging Face's
   * `sequences_scores`. Of greedy search, where Hugging Face reports none, the same of logits, which are no
   * probabilities.
   */
  readonly score: number;
  /** False where `maxLength` cut it before an end token. */
  readonly ended: boolean;
  /**
   * For each target token but the first what the model attended to of the source when it chose it: for each
   * source token its share in 255ths. There where an alignment was asked for.
   */
  readonly sourceAttention?: readonly Uint8Array[] | undefined;
}
