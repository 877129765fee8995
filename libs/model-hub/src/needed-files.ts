import { OperatorError } from '#libs/domain';
import { JsonFields, readJsonFile } from '#libs/prepared-model';
import type { HubFile } from './hub-listing.js';

type Listing = ReadonlyMap<string, HubFile>;

/** The files of a model that are worth fetching. */
export interface NeededFiles {
  readonly files: readonly HubFile[];
  /** The file among them that names further ones: the shards of the weights. */
  readonly shardIndex: HubFile | undefined;
}

const REQUIRED = ['config.json', 'sentencepiece.bpe.model', 'vocab.json'];
const OPTIONAL = [
  'generation_config.json',
  'special_tokens_map.json',
  'tokenizer_config.json',
  'added_tokens.json',
];
/** None of the files above is as large in any release: 3.7 MB is the largest. */
const MAX_SMALL_FILE_BYTES = 64 * 1024 * 1024;

const MAX_INDEX_BYTES = 16 * 1024 * 1024;
const MAX_SHARDS = 256;
const SHARD_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*\.(?:safetensors|bin)$/;

/** Weights as PyTorch checkpoints have them, the preferred form first. */
const SINGLE_OR_SHARDED = [
  ['model.safetensors', 'model.safetensors.index.json'],
  ['pytorch_model.bin', 'pytorch_model.bin.index.json'],
] as const;
const ONNX_FOLDERS = ['', 'onnx/'];
/** The order in which the compiler prefers them. */
const ONNX_ENCODERS = ['encoder_model.onnx', 'encoder_model_fp16.onnx'];
const ONNX_DECODERS = [
  'decoder_model.onnx',
  'decoder_model_merged.onnx',
  'decoder_model_fp16.onnx',
  'decoder_model_merged_fp16.onnx',
];

/**
 * Chooses what the compiler reads: configuration, vocabulary, and one form of the weights, safetensors
 * before PyTorch's own before ONNX exports.
 *
 * @param where names the model in errors.
 */
export function chooseFiles(listing: Listing, where: string): NeededFiles {
  const missing = REQUIRED.filter((name) => !listing.has(name));
  if (missing.length > 0)
    throw new OperatorError(
      `${where} has no ${missing.join(', no ')}. A model of the M2M100 family in the Hugging Face layout is expected.`,
    );
  const small = pick(listing, [...REQUIRED, ...OPTIONAL]);
  requireSmall(small, MAX_SMALL_FILE_BYTES, where);
  for (const [single, index] of SINGLE_OR_SHARDED) {
    const file = listing.get(single);
    if (file !== undefined) return { files: [...small, file], shardIndex: undefined };
    const shardIndex = listing.get(index);
    if (shardIndex === undefined) continue;
    requireSmall([shardIndex], MAX_INDEX_BYTES, where);
    return { files: [...small, shardIndex], shardIndex };
  }
  const onnx = chooseOnnx(listing);
  if (onnx.length > 0) return { files: [...small, ...onnx], shardIndex: undefined };
  throw new OperatorError(
    `${where} has no weights that can be read: neither ${SINGLE_OR_SHARDED.map(([single]) => single).join(' nor ')}, whole or in shards, nor an ONNX export (encoder_model.onnx with decoder_model.onnx).`,
  );
}

/** The shards that a fetched index names, as the listing has them. */
export async function readShards(
  path: string,
  listing: Listing,
  where: string,
): Promise<readonly HubFile[]> {
  const index = JsonFields.of(await readJsonFile(path, MAX_INDEX_BYTES), path);
  const weightMap = index.child('weight_map');
  const names = new Set(
    weightMap.names().map((name) => weightMap.string(name, SHARD_NAME, 'the file name of a shard')),
  );
  if (names.size === 0 || names.size > MAX_SHARDS)
    throw new OperatorError(`${path} names ${names.size} shards; 1 to ${MAX_SHARDS} are expected.`);
  return [...names].map((name) => {
    const shard = listing.get(name);
    if (shard === undefined)
      throw new OperatorError(`${where} has no ${name}, which its index of shards names.`);
    return shard;
  });
}

/** Encoder, one decoder, and the external data of both; none where the export is not whole. */
function chooseOnnx(listing: Listing): HubFile[] {
  for (const folder of ONNX_FOLDERS) {
    const first = (names: readonly string[]): HubFile | undefined =>
      names.map((name) => listing.get(`${folder}${name}`)).find((file) => file !== undefined);
    const encoder = first(ONNX_ENCODERS);
    const decoder = first(ONNX_DECODERS);
    if (encoder !== undefined && decoder !== undefined)
      return [encoder, decoder].flatMap((graph) => [graph, ...externalData(listing, graph)]);
  }
  return [];
}

/** Optimum writes `x.onnx_data`, torch `x.onnx.data`; what passes 2 GB is numbered: `x.onnx_data_1`. */
function externalData(listing: Listing, { path }: HubFile): HubFile[] {
  return [...listing.values()].filter(
    (file) =>
      file.path.startsWith(path) && /^[._]data(?:_\d+)?$/.test(file.path.slice(path.length)),
  );
}

function pick(listing: Listing, paths: readonly string[]): HubFile[] {
  return paths.map((path) => listing.get(path)).filter((file) => file !== undefined);
}

function requireSmall(files: readonly HubFile[], maxBytes: number, where: string): void {
  const large = files.find(({ bytes }) => bytes > maxBytes);
  if (large !== undefined)
    throw new OperatorError(
      `${large.path} of ${where} has ${large.bytes} bytes; at most ${maxBytes} are expected of such a file.`,
    );
}
