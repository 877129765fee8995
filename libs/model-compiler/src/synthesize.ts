import { copyFile, open, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { OperatorError } from '#libs/domain';
import {
  describeFileFault,
  fileFaultCode,
  type ModelShape,
  PREPARED_FILES,
  syncFile,
  writeFileSynced,
} from '#libs/prepared-model';
import { StagingFolder } from './output/staging-folder.js';
import { visibleNames } from './prepared-output.js';
import { type Noise, writeSyntheticWeights } from './synthetic-weights.js';
import { StageProgress, type Watch } from './watch.js';
import { expectedWeights, type ExpectedWeight, float32Bytes } from './weight-names.js';

/** Shapes of the released models. */
export const SYNTHETIC_SHAPES = {
  'm2m100-418m': releasedShape(12, 4096),
  'm2m100-1.2b': releasedShape(24, 8192),
} as const;

export interface SynthesizeOptions extends Watch {
  readonly shape: keyof typeof SYNTHETIC_SHAPES;
  /** Folder of the checkpoint: missing, or empty. */
  readonly output: string;
  /** `max_length` of `generation_config.json`: random weights hardly ever end by themselves. */
  readonly maxLength: number;
  /** A checkpoint whose tokenizer files are taken, filled up to the shape's vocabulary. */
  readonly tokenizerFolder: string;
}

/** Entries of a released `vocab.json`; language tags and unused rows follow. */
const VOCABULARY_ENTRIES = 128_004;
const TOKENIZER_FILES = [PREPARED_FILES.sentencePiece, 'special_tokens_map.json'];
const WEIGHTS_FILE = 'model.safetensors';
/** Published last: a folder without it is no checkpoint. */
const CONFIG_FILE = 'config.json';
const WRITTEN_FILES = [
  ...TOKENIZER_FILES,
  PREPARED_FILES.vocabulary,
  'generation_config.json',
  WEIGHTS_FILE,
];

/**
 * Writes a checkpoint of random weights in the Hugging Face layout. It translates nothing, and costs as much
 * as a released model: for benchmarks. The same shape gives the same files on every machine. The folder is
 * complete or has no `config.json`; what the operator has to mend is an `OperatorError`.
 */
export async function synthesizeCheckpoint(options: SynthesizeOptions): Promise<void> {
  await requireVacant(options.output);
  try {
    const staging = await StagingFolder.create(options.output, options);
    try {
      await requireVacant(options.output);
      await writeCheckpoint(staging.path, options);
      await staging.publish(WEIGHTS_FILE, CONFIG_FILE);
    } finally {
      await staging.discard();
    }
  } catch (error) {
    if (fileFaultCode(error) === undefined) throw error;
    throw new OperatorError(
      `The checkpoint could not be written into ${options.output}: ${describeFileFault(error)}. Nothing was left behind.`,
      { cause: error },
    );
  }
}

/** A random checkpoint has the files of a real one, so what is there is never replaced. */
async function requireVacant(output: string): Promise<void> {
  const names = await visibleNames(output);
  // Without config.json, and with the weights, they are what is left of a run that was killed as it published.
  const isRest =
    names.includes(WEIGHTS_FILE) && names.every((name) => WRITTEN_FILES.includes(name));
  if (names.length > 0 && !isRest)
    throw new OperatorError(
      `${resolve(output)} exists and is not empty; it is left alone. Remove it or name another folder.`,
    );
}

async function writeCheckpoint(folder: string, options: SynthesizeOptions): Promise<void> {
  const shape = SYNTHETIC_SHAPES[options.shape];
  await writeTokenizer(folder, options.tokenizerFolder);
  await writeJson(join(folder, CONFIG_FILE), modelConfig(shape));
  await writeJson(join(folder, 'generation_config.json'), generationConfig(options.maxLength));
  const embedding = {
    name: 'model.shared.weight',
    shape: [shape.vocabularySize, shape.modelDim],
  };
  const weights = [embedding, ...expectedWeights(shape)];
  const progress = new StageProgress(options, 'write', float32Bytes(weights));
  const file = await open(join(folder, WEIGHTS_FILE), 'wx');
  try {
    await writeSyntheticWeights(file, weights, noiseOf, (bytes) => {
      progress.add(bytes);
    });
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * How much more or less than its size a Linear makes of what goes through it. With 1 everywhere, attention
 * is a plain mean and every source gets the same translation; sharp attention and a strong path from the
 * source keep them apart.
 */
const GAINS: readonly (readonly [RegExp, number])[] = [
  [/(q|k)_proj\.weight$/, 2],
  [/encoder_attn\.out_proj\.weight$/, 4],
  [/fc2\.weight$/, 0.25],
];

function noiseOf({ name, shape }: ExpectedWeight): Noise {
  if (name.includes('norm')) return { centre: name.endsWith('weight') ? 1 : 0, amplitude: 0.1 };
  if (name.endsWith('bias')) return { centre: 0, amplitude: 0.1 };
  const gain = GAINS.find(([pattern]) => pattern.test(name))?.[1] ?? 1;
  const inputs = shape[1] ?? 1;
  // Uniform noise of amplitude a has the standard deviation a / √3.
  return { centre: 0, amplitude: gain * Math.sqrt(3 / inputs) };
}

async function writeTokenizer(folder: string, source: string): Promise<void> {
  for (const name of TOKENIZER_FILES) {
    await copyFile(join(source, name), join(folder, name));
    await syncFile(join(folder, name));
  }
  const path = join(source, PREPARED_FILES.vocabulary);
  const vocabulary = JSON.parse(await readFile(path, 'utf8')) as Record<string, number>;
  for (let id = Object.keys(vocabulary).length; id < VOCABULARY_ENTRIES; id++)
    vocabulary[`▁unused${id}`] = id;
  await writeJson(join(folder, PREPARED_FILES.vocabulary), vocabulary);
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileSynced(path, Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`));
}

function releasedShape(layers: number, feedForwardDim: number): ModelShape {
  return {
    modelDim: 1024,
    heads: 16,
    headSize: 64,
    encoderLayers: layers,
    decoderLayers: layers,
    feedForwardDim,
    vocabularySize: 128_112,
    maxPositions: 1024,
  };
}

function modelConfig(shape: ModelShape): Record<string, unknown> {
  return {
    activation_function: 'relu',
    architectures: ['M2M100ForConditionalGeneration'],
    bos_token_id: 0,
    d_model: shape.modelDim,
    decoder_attention_heads: shape.heads,
    decoder_ffn_dim: shape.feedForwardDim,
    decoder_layers: shape.decoderLayers,
    decoder_start_token_id: 2,
    encoder_attention_heads: shape.heads,
    encoder_ffn_dim: shape.feedForwardDim,
    encoder_layers: shape.encoderLayers,
    eos_token_id: 2,
    is_encoder_decoder: true,
    max_position_embeddings: shape.maxPositions,
    model_type: 'm2m_100',
    num_hidden_layers: shape.encoderLayers,
    pad_token_id: 1,
    scale_embedding: true,
    tie_word_embeddings: true,
    vocab_size: shape.vocabularySize,
  };
}

function generationConfig(maxLength: number): Record<string, unknown> {
  return {
    bos_token_id: 0,
    decoder_start_token_id: 2,
    early_stopping: true,
    eos_token_id: 2,
    max_length: maxLength,
    num_beams: 5,
    pad_token_id: 1,
  };
}
