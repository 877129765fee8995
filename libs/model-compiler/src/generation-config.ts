import {
  DEFAULT_GENERATION_OPTIONS,
  findGenerationOptionsFault,
  type GenerationOptions,
  OperatorError,
} from '#libs/domain';
import type { JsonFields } from '#libs/prepared-model';

/** Settings that change the search and that it does not have, each with the value that switches it off. */
const UNSUPPORTED: Readonly<Record<string, number | boolean | undefined>> = {
  do_sample: false,
  num_beam_groups: 1,
  diversity_penalty: 0,
  penalty_alpha: 0,
  encoder_no_repeat_ngram_size: 0,
  encoder_repetition_penalty: 1,
  forced_eos_token_id: undefined,
  bad_words_ids: undefined,
  force_words_ids: undefined,
  suppress_tokens: undefined,
  begin_suppress_tokens: undefined,
  sequence_bias: undefined,
  exponential_decay_length_penalty: undefined,
};

const COUNT = { min: 0, max: 2 ** 31 - 1 };

/**
 * The generation settings of a checkpoint over Hugging Face's defaults. `max_length` is lowered to
 * `maxPositions`, the last position that the network knows. `forced_bos_token_id` is left out: the target
 * language of each request takes its place.
 *
 * Source: transformers 4.57.6, `generation/configuration_utils.py` and `generation/utils.py`.
 */
export function parseGenerationConfig(
  fields: JsonFields,
  where: string,
  maxPositions: number,
): GenerationOptions {
  for (const [name, off] of Object.entries(UNSUPPORTED)) {
    const value = fields.value(name);
    if (value !== undefined && value !== off)
      fields.refuse(name, `${String(off ?? 'left out')} (this search has no other)`);
  }
  const defaults = DEFAULT_GENERATION_OPTIONS;
  const options: GenerationOptions = {
    beamSize: fields.integer('num_beams', COUNT, defaults.beamSize),
    maxLength: Math.min(readMaxLength(fields), maxPositions),
    lengthPenalty: fields.number('length_penalty', defaults.lengthPenalty),
    earlyStopping: fields.oneOf('early_stopping', [true, false, 'never'], defaults.earlyStopping),
    minNewTokens: readMinNewTokens(fields),
    noRepeatNgramSize: fields.integer('no_repeat_ngram_size', COUNT, defaults.noRepeatNgramSize),
    repetitionPenalty: fields.number('repetition_penalty', defaults.repetitionPenalty),
    numHypotheses: defaults.numHypotheses,
  };
  const fault = findGenerationOptionsFault(options);
  if (fault !== undefined) throw new OperatorError(`${where}: ${fault}`);
  return options;
}

/** `max_new_tokens` goes before `max_length`, which counts the decoder start token too. */
function readMaxLength(fields: JsonFields): number {
  if (fields.value('max_new_tokens') !== undefined)
    return fields.integer('max_new_tokens', COUNT) + 1;
  return fields.integer('max_length', COUNT, DEFAULT_GENERATION_OPTIONS.maxLength);
}

/** Both settings hold where both are given; `min_length` counts the decoder start token too. */
function readMinNewTokens(fields: JsonFields): number {
  const fromLength = fields.integer('min_length', COUNT, 0) - 1;
  return Math.max(fields.integer('min_new_tokens', COUNT, 0), fromLength);
}
