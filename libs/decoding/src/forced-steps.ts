import { assertInvariant, DEFAULT_GENERATION_OPTIONS } from '#libs/domain';
import { DecodeLoop } from './decode-loop.js';
import type { PolicyLimits } from './engine-policy.js';
import type {
  EncodedSources,
  EncoderBatch,
  ModelFacts,
  ModelPort,
  StepBatch,
  StepOutput,
} from './model-port.js';

/** What a model says after one token of a target: its best next tokens, the best first. */
export interface ForcedStep {
  readonly tokenIds: Int32Array;
  readonly logProbabilities: Float32Array;
  /** Added to a log-probability it makes the logit. */
  readonly logNormalizer: number;
}

/** A source and the target that is fed after it. */
export interface ForcedPair {
  readonly sourceTokenIds: ArrayLike<number>;
  /** At least one: a model's own targets begin with the decoder start token. */
  readonly targetTokenIds: ArrayLike<number>;
}

export interface ForcedTarget extends ForcedPair {
  /** Next tokens that are asked for after each token, at most the vocabulary. */
  readonly candidateCount: number;
}

/**
 * Feeds a target that is given, token by token, through the engine's own loop, and gives back what the model
 * says after each of its tokens.
 *
 * @param clock milliseconds
 */
export async function forceTarget(
  model: ModelPort,
  { sourceTokenIds, targetTokenIds, candidateCount }: ForcedTarget,
  limits: PolicyLimits,
  clock: () => number,
): Promise<ForcedStep[]> {
  const port = new ForcedPort(model, targetTokenIds, candidateCount);
  const loop = new DecodeLoop(port, limits, clock);
  loop.submit({
    id: 0,
    sourceTokenIds: Int32Array.from(sourceTokenIds),
    forcedBosId: undefined,
    options: { ...DEFAULT_GENERATION_OPTIONS, maxLength: targetTokenIds.length + 1 },
  });
  while ((await loop.turn()) !== undefined);
  assertInvariant(port.steps.length === targetTokenIds.length, 'a forced token was not fed');
  return port.steps;
}

const NO_TOKEN = -1;

/** A model whose best next token is always the one that the target has next. */
class ForcedPort implements ModelPort {
  readonly steps: ForcedStep[] = [];

  constructor(
    private readonly model: ModelPort,
    private readonly target: ArrayLike<number>,
    private readonly candidateCount: number,
  ) {}

  /** The target may begin with any token, and go on after an end token. */
  get facts(): ModelFacts {
    const { facts } = this.model;
    const decoderStartTokenId = this.target[0] ?? facts.decoderStartTokenId;
    return { ...facts, decoderStartTokenId, endTokenId: NO_TOKEN };
  }

  get threads(): number {
    return this.model.threads;
  }

  encode(batch: EncoderBatch): Promise<EncodedSources> {
    return this.model.encode(batch);
  }

  async step(batch: StepBatch): Promise<StepOutput> {
    const output = await this.model.step({
      ...batch,
      candidateCount: this.candidateCount,
      wantsProbabilities: true,
    });
    const { tokenIds, logProbabilities } = output;
    this.steps.push({ tokenIds, logProbabilities, logNormalizer: output.logNormalizers[0] ?? NaN });
    // After the last token it does not matter what follows: the search is at its greatest length.
    const next = this.target[this.steps.length] ?? this.model.facts.endTokenId;
    return {
      ...output,
      candidateCount: 1,
      tokenIds: Int32Array.of(next),
      logProbabilities: Float32Array.of(0),
    };
  }
}
