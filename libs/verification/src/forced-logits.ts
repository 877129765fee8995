import {
  DecodeLoop,
  type EncodedSources,
  type EncoderBatch,
  type ModelFacts,
  type ModelPort,
  type PolicyLimits,
  type StepBatch,
  type StepOutput,
} from '#libs/decoding';
import { assertInvariant, DEFAULT_GENERATION_OPTIONS } from '#libs/domain';

/** Logits of every token after one target token, `[vocabularySize]`. */
export type LogitRow = Float32Array;

/**
 * Feeds a target that is given, token by token, through the engine's own loop, and gives back the logits after
 * each of its tokens: the graph is asked for all tokens, its log-probabilities and their normaliser make the
 * logits.
 *
 * @param targetTokenIds from the decoder start token on
 */
export async function forcedLogits(
  model: ModelPort,
  limits: PolicyLimits,
  sourceTokenIds: Int32Array,
  targetTokenIds: ArrayLike<number>,
): Promise<LogitRow[]> {
  const port = new ForcedPort(model, targetTokenIds);
  const loop = new DecodeLoop(port, limits, () => performance.now());
  loop.submit({
    id: 0,
    sourceTokenIds,
    forcedBosId: undefined,
    options: { ...DEFAULT_GENERATION_OPTIONS, maxLength: targetTokenIds.length + 1 },
  });
  while ((await loop.turn()) !== undefined);
  assertInvariant(port.rows.length === targetTokenIds.length, 'a forced token was not fed');
  return port.rows;
}

/** A model whose best next token is always the one that the target has next. */
class ForcedPort implements ModelPort {
  readonly rows: LogitRow[] = [];

  constructor(
    private readonly model: ModelPort,
    private readonly target: ArrayLike<number>,
  ) {}

  get facts(): ModelFacts {
    return this.model.facts;
  }

  encode(batch: EncoderBatch): Promise<EncodedSources> {
    return this.model.encode(batch);
  }

  async step(batch: StepBatch): Promise<StepOutput> {
    const { vocabularySize, endTokenId } = this.facts;
    const output = await this.model.step({ ...batch, candidateCount: vocabularySize });
    const row = new Float32Array(vocabularySize).fill(NaN);
    const normalizer = output.logNormalizers[0] ?? NaN;
    output.tokenIds.forEach((tokenId, place) => {
      row[tokenId] = (output.logProbabilities[place] ?? NaN) + normalizer;
    });
    this.rows.push(row);
    // After the last token it does not matter what follows: the search is at its greatest length.
    const next = this.target[this.rows.length] ?? endTokenId;
    return {
      ...output,
      candidateCount: 1,
      tokenIds: Int32Array.of(next),
      logProbabilities: Float32Array.of(0),
    };
  }
}
