/**
 * How a translation is searched for. The names and the meaning of every field are those of Hugging Face
 * `GenerationConfig`, so that a checkpoint's `generation_config.json` can be read into it.
 *
 * Source: transformers 4.57.6, `generation/configuration_utils.py`.
 */
export interface GenerationOptions {
  /** Beams per sentence; 1 is greedy search. */
  readonly beamSize: number;
  /** Longest target in tokens, the decoder start token and the language token included. */
  readonly maxLength: number;
  /** Exponent of the length in a finished hypothesis' score; 0 ranks by the plain sum. */
  readonly lengthPenalty: number;
  /**
   * `true` stops at `beamSize` finished hypotheses; `false` goes on while the best running beam could
   * still win at its present length; `'never'` while it could win at any length up to `maxLength`.
   */
  readonly earlyStopping: boolean | 'never';
  /** No end token before so many new tokens (the language token counts); 0 is off. */
  readonly minNewTokens: number;
  /** No n-gram of this length twice in a target, the decoder start token included; 0 is off. */
  readonly noRepeatNgramSize: number;
  /** Penalty on tokens already in the target, the decoder start (= end) token included; 1 is off. */
  readonly repetitionPenalty: number;
  /** How many hypotheses to return, best first; at most `beamSize`. */
  readonly numHypotheses: number;
}

/** Hugging Face's values where a checkpoint says nothing. */
export const DEFAULT_GENERATION_OPTIONS: GenerationOptions = {
  beamSize: 1,
  maxLength: 200,
  lengthPenalty: 1,
  earlyStopping: false,
  minNewTokens: 0,
  noRepeatNgramSize: 0,
  repetitionPenalty: 1,
  numHypotheses: 1,
};

/** Most beams that an engine searches with. */
const MAX_BEAMS = 64;

/** One sentence of the rule that is broken, or undefined where all hold. */
export function findGenerationOptionsFault(options: GenerationOptions): string | undefined {
  const { beamSize, maxLength, minNewTokens, noRepeatNgramSize, repetitionPenalty, numHypotheses } =
    options;
  if (!isCount(beamSize, 1) || beamSize > MAX_BEAMS)
    return `beamSize is ${beamSize}; it is a whole number from 1 to ${MAX_BEAMS}.`;
  if (!isCount(maxLength, 2)) return `maxLength is ${maxLength}; it is a whole number from 2.`;
  if (!Number.isFinite(options.lengthPenalty))
    return `lengthPenalty is ${options.lengthPenalty}; it is a finite number.`;
  if (!isCount(minNewTokens, 0))
    return `minNewTokens is ${minNewTokens}; it is a whole number from 0.`;
  if (!isCount(noRepeatNgramSize, 0))
    return `noRepeatNgramSize is ${noRepeatNgramSize}; it is a whole number from 0.`;
  // Below 1 the rule would raise tokens that the graph's candidates may not hold.
  if (!(repetitionPenalty >= 1 && Number.isFinite(repetitionPenalty)))
    return `repetitionPenalty is ${repetitionPenalty}; it is a number from 1.`;
  if (!isCount(numHypotheses, 1) || numHypotheses > beamSize)
    return `numHypotheses is ${numHypotheses}; it is a whole number from 1 to beamSize (${beamSize}).`;
  return undefined;
}

function isCount(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}
