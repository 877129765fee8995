import type { ModelShape } from '#libs/prepared-model';
import type { WeightSource } from './source/weight-source.js';

/**
 * Names of M2M100's tensors. A torch Linear weight is `[out, in]`.
 *
 * Source: transformers 4.57.6, `models/m2m_100/modeling_m2m_100.py`.
 */
export type Side = 'encoder' | 'decoder';
export type Attention = 'self_attn' | 'encoder_attn';
export type Projection = 'q_proj' | 'k_proj' | 'v_proj' | 'out_proj';

/** The embedding is tied under four names; which of them a file keeps depends on what wrote it. */
const EMBEDDING_NAMES = [
  'model.shared.weight',
  'model.encoder.embed_tokens.weight',
  'model.decoder.embed_tokens.weight',
  'lm_head.weight',
];

export function findEmbeddingName(weights: WeightSource): string | undefined {
  return EMBEDDING_NAMES.find((name) => weights.shape(name) !== undefined);
}

/** Names without `.weight` or `.bias`. */
export const weightNames = {
  layer: (side: Side, layer: number): string => `model.${side}.layers.${layer}`,
  attention: (side: Side, layer: number, attention: Attention): string =>
    `${weightNames.layer(side, layer)}.${attention}`,
  projection: (side: Side, layer: number, attention: Attention, projection: Projection): string =>
    `${weightNames.attention(side, layer, attention)}.${projection}`,
  attentionNorm: (side: Side, layer: number, attention: Attention): string =>
    `${weightNames.attention(side, layer, attention)}_layer_norm`,
  feedForward: (side: Side, layer: number, linear: 'fc1' | 'fc2'): string =>
    `${weightNames.layer(side, layer)}.${linear}`,
  feedForwardNorm: (side: Side, layer: number): string =>
    `${weightNames.layer(side, layer)}.final_layer_norm`,
  finalNorm: (side: Side): string => `model.${side}.layer_norm`,
};

/** How many layers of a side the file has, counted from 0 without a gap. */
export function countLayers(weights: WeightSource, side: Side): number {
  let layers = 0;
  while (weights.shape(`${weightNames.feedForward(side, layers, 'fc1')}.weight`) !== undefined)
    layers++;
  return layers;
}

export interface ExpectedWeight {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Bytes of tensors in float32. */
export function float32Bytes(weights: readonly ExpectedWeight[]): number {
  return weights.reduce((sum, { shape }) => sum + shape.reduce((size, axis) => size * axis, 4), 0);
}

/** Every tensor, besides the embedding, that a model of this shape is made of. */
export function expectedWeights(shape: ModelShape): ExpectedWeight[] {
  return [...expectedSide('encoder', shape), ...expectedSide('decoder', shape)];
}

function expectedSide(side: Side, shape: ModelShape): ExpectedWeight[] {
  const { modelDim, feedForwardDim } = shape;
  const layers = side === 'encoder' ? shape.encoderLayers : shape.decoderLayers;
  const attentions: Attention[] =
    side === 'encoder' ? ['self_attn'] : ['self_attn', 'encoder_attn'];
  const weights = expectedNorm(weightNames.finalNorm(side), modelDim);
  for (let layer = 0; layer < layers; layer++) {
    for (const attention of attentions) {
      weights.push(...expectedNorm(weightNames.attentionNorm(side, layer, attention), modelDim));
      for (const projection of ['q_proj', 'k_proj', 'v_proj', 'out_proj'] as const) {
        const name = weightNames.projection(side, layer, attention, projection);
        weights.push(...expectedLinear(name, modelDim, modelDim));
      }
    }
    weights.push(
      ...expectedNorm(weightNames.feedForwardNorm(side, layer), modelDim),
      ...expectedLinear(weightNames.feedForward(side, layer, 'fc1'), feedForwardDim, modelDim),
      ...expectedLinear(weightNames.feedForward(side, layer, 'fc2'), modelDim, feedForwardDim),
    );
  }
  return weights;
}

function expectedLinear(name: string, outputs: number, inputs: number): ExpectedWeight[] {
  return [
    { name: `${name}.weight`, shape: [outputs, inputs] },
    { name: `${name}.bias`, shape: [outputs] },
  ];
}

function expectedNorm(name: string, size: number): ExpectedWeight[] {
  return [
    { name: `${name}.weight`, shape: [size] },
    { name: `${name}.bias`, shape: [size] },
  ];
}
