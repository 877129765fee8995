import { DEFAULT_GENERATION_OPTIONS, type GenerationOptions, type Hypothesis } from '#libs/domain';
import { availableCores, defaultEngineLimits, InferenceService } from '#libs/inference';

const SILENT = { info: () => undefined, error: () => undefined };

/** An engine process with a prepared model; the caller stops it. */
export async function startEngine(
  preparedFolder: string,
  maxSentences?: number,
): Promise<InferenceService> {
  const inference = new InferenceService(
    {
      engine: {
        preparedFolder,
        threads: await availableCores(),
        limits: defaultEngineLimits(maxSentences),
      },
      replicas: 1,
    },
    SILENT,
  );
  await inference.start();
  return inference;
}

export interface Sentence {
  readonly sourceTokenIds: Int32Array;
  readonly forcedBosId: number;
  readonly options: GenerationOptions;
}

/** Translates sentences, all submitted at once; results in their order. */
export function translateAll(
  inference: InferenceService,
  sentences: readonly Sentence[],
): Promise<readonly (readonly Hypothesis[])[]> {
  const tickets = inference.submit(sentences);
  return Promise.all(tickets.map(async ({ result }) => (await result).hypotheses));
}

/** Options as Hugging Face's `generate` takes them. */
export interface HuggingFaceOptions {
  readonly num_beams?: number;
  readonly max_length?: number;
  readonly length_penalty?: number;
  readonly early_stopping?: boolean | 'never';
  readonly min_new_tokens?: number;
  readonly no_repeat_ngram_size?: number;
  readonly repetition_penalty?: number;
  readonly num_return_sequences?: number;
}

export function toGenerationOptions(options: HuggingFaceOptions): GenerationOptions {
  const defaults = DEFAULT_GENERATION_OPTIONS;
  return {
    beamSize: options.num_beams ?? defaults.beamSize,
    maxLength: options.max_length ?? defaults.maxLength,
    lengthPenalty: options.length_penalty ?? defaults.lengthPenalty,
    earlyStopping: options.early_stopping ?? defaults.earlyStopping,
    minNewTokens: options.min_new_tokens ?? defaults.minNewTokens,
    noRepeatNgramSize: options.no_repeat_ngram_size ?? defaults.noRepeatNgramSize,
    repetitionPenalty: options.repetition_penalty ?? defaults.repetitionPenalty,
    numHypotheses: options.num_return_sequences ?? defaults.numHypotheses,
  };
}
