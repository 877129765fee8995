import type { JsonFields, ModelShape, SpecialTokens } from '#libs/prepared-model';

/** What `config.json` says about the network, its absent fields filled with the class's defaults. */
export interface NetworkConfig {
  readonly heads: number;
  readonly maxPositions: number;
  /** Factor on the embedding rows of the input; the output projection has none. */
  readonly embeddingScale: number;
}

const SIZE = { min: 1, max: 2 ** 31 - 1 };
/** The position table is computed here, so its size is bounded here: 8 and 16 times the released models'. */
const MAX_MODEL_DIM = 8192;
const MAX_POSITIONS = { min: 1, max: 16_384 };

/** Sizes that weights and configuration both tell. */
export type WeightSizes = Omit<ModelShape, 'heads' | 'headSize' | 'maxPositions'>;

/**
 * Checks that `config.json` describes the one network that the graphs compute, and that its sizes are
 * those of the weights.
 *
 * Source: transformers 4.57.6, `models/m2m_100/configuration_m2m_100.py`.
 */
export function parseNetworkConfig(fields: JsonFields, sizes: WeightSizes): NetworkConfig {
  fields.oneOf('activation_function', ['relu'], 'relu');
  fields.oneOf('tie_word_embeddings', [true], true);
  if (fields.value('quantization_config') !== undefined)
    fields.refuse('quantization_config', 'left out: float weights are expected');
  checkSizes(fields, sizes);
  const heads = fields.integer('encoder_attention_heads', SIZE, 16);
  requireEqual(fields, 'decoder_attention_heads', heads, 'encoder_attention_heads');
  if (sizes.modelDim % heads !== 0)
    fields.refuse('encoder_attention_heads', `a divisor of d_model, ${sizes.modelDim}`);
  const scaled = fields.boolean('scale_embedding', true);
  return {
    heads,
    maxPositions: fields.integer('max_position_embeddings', MAX_POSITIONS, 1024),
    embeddingScale: scaled ? Math.sqrt(sizes.modelDim) : 1,
  };
}

function checkSizes(fields: JsonFields, sizes: WeightSizes): void {
  requireEqual(fields, 'd_model', sizes.modelDim, 'the weights');
  requireEqual(fields, 'vocab_size', sizes.vocabularySize, 'the weights');
  requireEqual(fields, 'encoder_layers', sizes.encoderLayers, 'the weights');
  requireEqual(fields, 'decoder_layers', sizes.decoderLayers, 'the weights');
  requireEqual(fields, 'encoder_ffn_dim', sizes.feedForwardDim, 'the weights');
  requireEqual(fields, 'decoder_ffn_dim', sizes.feedForwardDim, 'the weights');
  // Half of a position row is sines, half cosines, and the frequencies divide by a half less one.
  if (sizes.modelDim % 2 !== 0 || sizes.modelDim < 4 || sizes.modelDim > MAX_MODEL_DIM)
    fields.refuse('d_model', `an even number from 4 to ${MAX_MODEL_DIM}`);
}

function requireEqual(fields: JsonFields, name: string, expected: number, origin: string): void {
  if (fields.integer(name, SIZE, expected) !== expected)
    fields.refuse(name, `${expected}, as in ${origin}`);
}

/** Ids of the special tokens. The tokenizer of the family has them built in, all but the decoder's start. */
export function parseSpecialTokens(fields: JsonFields, vocabularySize: number): SpecialTokens {
  const rows = { min: 0, max: vocabularySize - 1 };
  return {
    bos: fields.oneOf('bos_token_id', [0], 0),
    pad: fields.oneOf('pad_token_id', [1], 1),
    eos: fields.oneOf('eos_token_id', [2], 2),
    unk: 3,
    decoderStart: fields.integer('decoder_start_token_id', rows, 2),
  };
}
