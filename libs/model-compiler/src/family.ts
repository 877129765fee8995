import { OperatorError } from '#libs/domain';
import type { JsonFields, ModelFamily, ModelShape } from '#libs/prepared-model';

/** What a checkpoint's folder says about its family, besides the shape of its weights. */
export interface FamilySigns {
  readonly folder: string;
  /** `config.json` */
  readonly config: JsonFields;
  /** `tokenizer_config.json`, where there is one. */
  readonly tokenizerConfig: JsonFields | undefined;
}

const ARCHITECTURE = 'M2M100ForConditionalGeneration';

const FAMILIES: readonly ModelFamily[] = ['m2m100', 'small100'];

/** Tokenizer classes by the family that they stand for; one that says nothing of it has none. */
const TOKENIZER_FAMILIES: ReadonlyMap<string, ModelFamily | 'any'> = new Map([
  ['M2M100Tokenizer', 'm2m100'],
  ['SMALL100Tokenizer', 'small100'],
  ['PreTrainedTokenizer', 'any'],
  ['TokenizersBackend', 'any'],
]);

/** NLLB-200 has M2M100's network with another vocabulary: this many rows in every one of its sizes. */
const NLLB_VOCABULARY_SIZE = 256_206;

/** The one M2M100 network of so many layers that was released is SMaLL-100's. */
const SMALL100_LAYERS = { encoderLayers: 12, decoderLayers: 3 };
const SMALL100_NAME = /small-?100/i;

/**
 * Refuses a network that is not M2M100's, or is M2M100's with the tokenizer of another family (NLLB-200,
 * WMT21). It needs no weights, so that a stranger is named before anything of it is missed.
 */
export function requireKnownNetwork({ folder, config, tokenizerConfig }: FamilySigns): void {
  config.oneOf('model_type', ['m2m_100']);
  const architectures = config.value('architectures');
  const named = Array.isArray(architectures) && architectures.includes(ARCHITECTURE);
  if (architectures !== undefined && !named)
    config.refuse('architectures', `a list with ${ARCHITECTURE}, the network that is supported`);
  if (config.value('family') !== undefined) config.oneOf('family', FAMILIES);
  if (tokenizerConfig === undefined) return;
  if (tokenizerFamily(tokenizerConfig) === undefined)
    tokenizerConfig.refuse(
      'tokenizer_class',
      'M2M100Tokenizer or SMALL100Tokenizer, the families that are served',
    );
  if ((tokenizerConfig.value('language_codes') ?? 'm2m100') !== 'm2m100')
    tokenizerConfig.refuse(
      'language_codes',
      `"m2m100": the model in ${folder} has other languages than the family's 100`,
    );
}

/**
 * M2M100 or SMaLL-100: the same network and vocabulary, with the language tags in other places. The field
 * `family` of `config.json`, which is ours, decides; else SMaLL-100 is known by its tokenizer's class, by the
 * checkpoint's own name or by its layers.
 */
export function findFamily(
  { folder, config, tokenizerConfig }: FamilySigns,
  shape: ModelShape,
): ModelFamily {
  if (shape.vocabularySize === NLLB_VOCABULARY_SIZE)
    throw new OperatorError(
      `The model in ${folder} is NLLB-200: its embedding has ${NLLB_VOCABULARY_SIZE} rows. It has another ` +
        'tokenizer and other languages than M2M100 and SMaLL-100, which are served.',
    );
  if (config.value('family') !== undefined) return config.oneOf('family', FAMILIES);
  // The released SMaLL-100 may name M2M100's class, since its own comes as a file beside the weights.
  const isSmall100 =
    (tokenizerConfig !== undefined && tokenizerFamily(tokenizerConfig) === 'small100') ||
    SMALL100_NAME.test(statedName(config) ?? '') ||
    (shape.encoderLayers === SMALL100_LAYERS.encoderLayers &&
      shape.decoderLayers === SMALL100_LAYERS.decoderLayers);
  return isSmall100 ? 'small100' : 'm2m100';
}

/** What the checkpoint was called where it was saved; for a fork that is the model it was made from. */
export function statedName(config: JsonFields): string | undefined {
  const name = config.value('_name_or_path');
  return typeof name === 'string' ? name : undefined;
}

/** Undefined for the tokenizer of another family. */
function tokenizerFamily(tokenizerConfig: JsonFields): ModelFamily | 'any' | undefined {
  const name = tokenizerConfig.value('tokenizer_class');
  if (name === undefined) return 'any';
  return typeof name === 'string' ? TOKENIZER_FAMILIES.get(name.replace(/Fast$/, '')) : undefined;
}
