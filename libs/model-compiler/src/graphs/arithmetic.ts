/** Rows that are ready to enter linear layers; several layers on the same rows share one. */
export interface LinearOperand {
  /** `[rows, size]`, float32, or uint8 codes where the arithmetic quantises. */
  readonly values: string;
  /** Of codes only. */
  readonly quantization?: Quantization;
}

/** row ≈ (codes − zeroPoint) · rowScale. */
export interface Quantization {
  /** float32 `[rows, 1]`. */
  readonly rowScale: string;
  /** uint8 scalar. */
  readonly zeroPoint: string;
}

/** A torch Linear of the checkpoint, `name.weight` and `name.bias`. */
export interface LinearLayer {
  readonly name: string;
  /** Multiplies weight and bias; 1 where absent. */
  readonly factor?: number;
}

const MOST_RUN_TOKENS = 64;

/** The longest run of tokens, of 64 at most, that a vocabulary is a whole number of. */
export function runTokensOf(vocabularySize: number): number {
  let tokens = MOST_RUN_TOKENS;
  while (vocabularySize % tokens !== 0) tokens--;
  return tokens;
}

/** The logits of the vocabulary. */
export interface VocabularyLogits {
  readonly blocks: readonly LogitBlock[];
  /** Each block is a whole number of runs of so many tokens. */
  readonly runTokens: number;
  /** float32 `[rows, 1]`, not negative: times the blocks' values it makes the logits, where there is one. */
  readonly rowScale?: string;
}

/** Of some tokens that follow each other in the vocabulary. */
export interface LogitBlock {
  /** float32 `[rows, tokens]`. */
  readonly values: string;
  readonly firstTokenId: number;
  readonly tokens: number;
}

/**
 * How the graphs compute their matrix products and look-ups: the one thing that differs between the
 * precisions. Every method adds nodes to the graph and gives back the name of a tensor.
 */
export interface Arithmetic {
  /** @param rows `[rows, modelDim]` */
  operand(rows: string): LinearOperand;
  /** The operand of `max(rows, 0)`. @param rows `[rows, feedForwardDim]` */
  rectifiedOperand(rows: string): LinearOperand;
  /** float32 `[rows, sum of outputs]`: the layers side by side, as one product; `name` is its weight's. */
  linear(operand: LinearOperand, name: string, layers: readonly LinearLayer[]): Promise<string>;
  /** float32 `[rows, modelDim]`: embedding rows times the embedding's scale. */
  embed(tokenId: string): Promise<string>;
  /** Products with the unscaled embedding, block after block of the vocabulary. */
  vocabularyLogits(operand: LinearOperand): Promise<VocabularyLogits>;
}
