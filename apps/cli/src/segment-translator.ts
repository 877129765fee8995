import { type LanguagePair, SegmentPlanner, type ServedModel } from '#apps/api';
import { OperatorError } from '#libs/domain';
import type { InferenceService } from '#libs/inference';

/** What Hugging Face's `generate` gives for a segment. */
export interface TranslatedSegment {
  readonly text: string;
  /** From the decoder start token to the end token, or to where `max_length` cut. */
  readonly ids: readonly number[];
  /** `sequences_scores`; null for greedy search, which has none there. */
  readonly score: number | null;
}

/** Translates a text as one segment, whatever its length: nothing is split, and what is cut stays cut. */
export class SegmentTranslator {
  readonly #planner: SegmentPlanner;

  constructor(
    private readonly inference: InferenceService,
    private readonly model: ServedModel,
    private readonly beamSize: number | undefined,
  ) {
    this.#planner = new SegmentPlanner(model.tokenizer, model.manifest);
  }

  async translate(text: string, pair: LanguagePair): Promise<TranslatedSegment> {
    const { manifest, tokenizer } = this.model;
    const sourceTokenIds = this.#planner.sourceTokenIds(text, pair);
    const { maxPositions } = manifest.shape;
    if (sourceTokenIds.length > maxPositions)
      throw new OperatorError(
        `A line has ${sourceTokenIds.length} tokens, and a segment has at most ${maxPositions}. Leave out --json to have it split.`,
      );
    const beamSize = this.beamSize ?? manifest.generation.beamSize;
    const [ticket] = this.inference.submit([
      {
        sourceTokenIds,
        forcedBosId: this.#planner.forcedBosId(pair),
        options: { ...manifest.generation, beamSize, numHypotheses: 1 },
      },
    ]);
    const best = (await ticket?.result)?.hypotheses[0];
    if (best === undefined) throw new OperatorError('The engine gave no translation.');
    return {
      text: tokenizer.decode(best.tokenIds),
      ids: Array.from(best.tokenIds),
      score: beamSize === 1 ? null : best.score,
    };
  }
}
