import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type GenerationOptions, OperatorError } from '#libs/domain';
import {
  JsonFields,
  type ModelFamily,
  type ModelShape,
  PREPARED_FILES,
  readJsonFile,
  type SpecialTokens,
} from '#libs/prepared-model';
import { LANGUAGES, M2M100Tokenizer } from '#libs/tokenization';
import { type FamilySigns, findFamily, requireKnownNetwork, statedName } from './family.js';
import { parseGenerationConfig } from './generation-config.js';
import { parseNetworkConfig, parseSpecialTokens, type WeightSizes } from './network-config.js';
import { openWeights } from './source/open-weights.js';
import type { WeightSource } from './source/weight-source.js';
import { countLayers, expectedWeights, findEmbeddingName, weightNames } from './weight-names.js';

/** A checkpoint in the Hugging Face layout, checked and ready to be compiled. */
export interface Checkpoint {
  readonly folder: string;
  /** Open; `close` is the caller's to call. */
  readonly weights: WeightSource;
  readonly embeddingName: string;
  readonly family: ModelFamily;
  /** `_name_or_path` of `config.json`. */
  readonly statedName: string | undefined;
  readonly shape: ModelShape;
  readonly embeddingScale: number;
  readonly tokens: SpecialTokens;
  readonly languages: readonly string[];
  readonly generation: GenerationOptions;
  /** Every file of the folder that the prepared model comes from. */
  readonly fileNames: readonly string[];
}

const CONFIG_FILE = 'config.json';
const GENERATION_CONFIG_FILE = 'generation_config.json';
const TOKENIZER_CONFIG_FILE = 'tokenizer_config.json';
const MAX_CONFIG_BYTES = 1024 * 1024;

/** Opens a checkpoint. One that is not of a supported network, or not in itself consistent, is an `OperatorError`. */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const configPath = join(folder, CONFIG_FILE);
  const config = JsonFields.of(await readJsonFile(configPath, MAX_CONFIG_BYTES), configPath);
  const signs = {
    folder,
    config,
    tokenizerConfig: await readOptional(folder, TOKENIZER_CONFIG_FILE),
  };
  requireKnownNetwork(signs);
  const weights = await openWeights(folder);
  try {
    return await readCheckpoint(signs, weights);
  } catch (error) {
    await weights.close();
    throw error;
  }
}

async function readCheckpoint(signs: FamilySigns, weights: WeightSource): Promise<Checkpoint> {
  const { folder, config, tokenizerConfig } = signs;
  const { embeddingName, sizes } = readSizes(folder, weights);
  const network = parseNetworkConfig(config, sizes);
  const shape: ModelShape = {
    ...sizes,
    heads: network.heads,
    headSize: sizes.modelDim / network.heads,
    maxPositions: network.maxPositions,
  };
  checkWeights(folder, weights, shape);
  const family = findFamily(signs, shape);
  await checkVocabulary(folder, shape);
  const generation = await readGeneration(folder, config, shape.maxPositions);
  return {
    folder,
    weights,
    embeddingName,
    family,
    statedName: statedName(config),
    shape,
    embeddingScale: network.embeddingScale,
    tokens: parseSpecialTokens(config, shape.vocabularySize),
    languages: readLanguages(config),
    generation: generation.options,
    fileNames: [
      CONFIG_FILE,
      ...generation.fileNames,
      ...(tokenizerConfig === undefined ? [] : [TOKENIZER_CONFIG_FILE]),
      ...weights.fileNames,
      PREPARED_FILES.sentencePiece,
      PREPARED_FILES.vocabulary,
    ],
  };
}

/** The sizes that the weights themselves tell. */
function readSizes(
  folder: string,
  weights: WeightSource,
): { embeddingName: string; sizes: WeightSizes } {
  const embeddingName = findEmbeddingName(weights);
  const [vocabularySize, modelDim, ...rest] = weights.shape(embeddingName ?? '') ?? [];
  const fc1 = `${weightNames.feedForward('encoder', 0, 'fc1')}.weight`;
  const [feedForwardDim] = weights.shape(fc1) ?? [];
  const encoderLayers = countLayers(weights, 'encoder');
  const decoderLayers = countLayers(weights, 'decoder');
  if (
    embeddingName === undefined ||
    vocabularySize === undefined ||
    modelDim === undefined ||
    rest.length > 0 ||
    feedForwardDim === undefined ||
    decoderLayers === 0
  )
    throw new OperatorError(
      `The weights in ${folder} are not those of M2M100: its embedding, ${fc1} and the decoder's first layer are expected.`,
    );
  return {
    embeddingName,
    sizes: { vocabularySize, modelDim, feedForwardDim, encoderLayers, decoderLayers },
  };
}

function checkWeights(folder: string, weights: WeightSource, shape: ModelShape): void {
  for (const expected of expectedWeights(shape)) {
    const found = weights.shape(expected.name);
    if (found?.join() === expected.shape.join()) continue;
    const fault = found === undefined ? 'are missing' : `have the shape [${found.join(', ')}]`;
    throw new OperatorError(
      `The weights ${expected.name} in ${folder} ${fault}; [${expected.shape.join(', ')}] is expected.`,
    );
  }
}

/** Reads the tokenizer's files as the service will, so that it cannot fail on them later. */
async function checkVocabulary(folder: string, shape: ModelShape): Promise<void> {
  const { vocabularySize } = await M2M100Tokenizer.load(folder);
  if (vocabularySize + LANGUAGES.length > shape.vocabularySize)
    throw new OperatorError(
      `vocab.json in ${folder} has ${vocabularySize} pieces; with ${LANGUAGES.length} languages they need ` +
        `more than the ${shape.vocabularySize} rows of the embedding. The files belong to different checkpoints.`,
    );
}

/** Old checkpoints keep the settings in `config.json`; transformers reads them from there, too. */
async function readGeneration(
  folder: string,
  config: JsonFields,
  maxPositions: number,
): Promise<{ options: GenerationOptions; fileNames: string[] }> {
  const fields = await readOptional(folder, GENERATION_CONFIG_FILE);
  const fileName = fields === undefined ? CONFIG_FILE : GENERATION_CONFIG_FILE;
  return {
    options: parseGenerationConfig(fields ?? config, join(folder, fileName), maxPositions),
    fileNames: fields === undefined ? [] : [GENERATION_CONFIG_FILE],
  };
}

async function readOptional(folder: string, name: string): Promise<JsonFields | undefined> {
  const path = join(folder, name);
  const found = await access(path).then(
    () => true,
    () => false,
  );
  if (!found) return undefined;
  return JsonFields.of(await readJsonFile(path, MAX_CONFIG_BYTES), path);
}

/** The optional list `languages` of `config.json`, else all of the family's; sorted. */
function readLanguages(config: JsonFields): string[] {
  const known = new Set(LANGUAGES.map(({ code }) => code));
  if (config.value('languages') === undefined) return [...known].sort();
  const listed = new Set(config.strings('languages', /^[a-z]+$/, 'language codes such as "de"'));
  const unknown = [...listed].find((code) => !known.has(code));
  if (unknown !== undefined || listed.size === 0)
    config.refuse(
      'languages',
      `a list of codes of the M2M100 family (${unknown ?? 'none'} is not)`,
    );
  return [...listed].sort();
}
