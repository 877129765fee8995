import type { ModelShape, Release } from './manifest.js';

export const RELEASES: readonly Release[] = ['facebook/m2m100_418M', 'facebook/m2m100_1.2B'];

/** What is known of a checkpoint where it is prepared. */
export interface CheckpointTraits {
  readonly kind: 'safetensors' | 'torch' | 'onnx';
  /** `_name_or_path` of its `config.json`. */
  readonly statedName: string | undefined;
  readonly shape: ModelShape;
  /** SHA-256 of its SentencePiece model. */
  readonly sentencePieceSha256: string;
}

/** The SentencePiece model of every M2M100 release; fairseq calls it `spm.128k.model`. */
const SENTENCE_PIECE_SHA256 = 'd8f7c76ed2a5e0822be39f0a4f95a55eb19c78f4593ce609e2edbc2aea4d380a';

const RELEASED_SHAPE: ModelShape = {
  modelDim: 1024,
  heads: 16,
  headSize: 64,
  encoderLayers: 12,
  decoderLayers: 12,
  feedForwardDim: 4096,
  vocabularySize: 128_112,
  maxPositions: 1024,
};

const SHAPES: Readonly<Record<Release, ModelShape>> = {
  'facebook/m2m100_418M': RELEASED_SHAPE,
  'facebook/m2m100_1.2B': {
    ...RELEASED_SHAPE,
    encoderLayers: 24,
    decoderLayers: 24,
    feedForwardDim: 8192,
  },
};

/**
 * Which release a checkpoint is; undefined for every other one, forks of a release included: what was
 * published of a release need not hold for them.
 *
 * A release has its shape, its SentencePiece model, and the name that its makers' own files state
 * (`hf_models/m2m100_418M`). Who saves a fine-tuned fork with transformers states the name on the hub
 * (`facebook/m2m100_418M`), so that one alone tells nothing; an ONNX export states the name of what was
 * exported.
 */
export function findRelease(traits: CheckpointTraits): Release | undefined {
  if (traits.sentencePieceSha256 !== SENTENCE_PIECE_SHA256) return undefined;
  return RELEASES.find(
    (release) =>
      isStatedAs(release, traits) &&
      Object.entries(SHAPES[release]).every(
        ([axis, size]) => traits.shape[axis as keyof ModelShape] === size,
      ),
  );
}

function isStatedAs(release: Release, { statedName, kind }: CheckpointTraits): boolean {
  const [, name = ''] = release.split('/');
  return statedName === `hf_models/${name}` || (kind === 'onnx' && statedName === release);
}
