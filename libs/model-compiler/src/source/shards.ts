import { join } from 'node:path';
import { OperatorError } from '#libs/domain';
import { JsonFields, readJsonFile } from '#libs/prepared-model';
import type { StoredTensor } from './stored-tensor.js';
import { StoredWeights } from './stored-weights.js';
import { type WeightFile, WeightFiles } from './weight-file.js';
import type { WeightSource } from './weight-source.js';

/** A format that keeps a checkpoint's tensors in one file, or in several that an index names. */
export interface ShardedFormat {
  readonly kind: WeightSource['kind'];
  readonly singleFile: string;
  readonly indexFile: string;
  /** Plain names alone: an index cannot lead out of the checkpoint's folder. */
  readonly shardName: RegExp;
  /** The tensors of a file by their names. */
  readonly locate: (file: WeightFile) => Promise<Map<string, StoredTensor>>;
}

const MAX_INDEX_BYTES = 16 * 1024 * 1024;
const MAX_SHARDS = 256;

export async function openSingleFile(
  folder: string,
  { kind, singleFile, locate }: ShardedFormat,
): Promise<WeightSource> {
  const files = new WeightFiles(folder);
  try {
    const tensors = await locate(await files.open(singleFile));
    return new StoredWeights(kind, files.names, tensors, files);
  } catch (error) {
    await files.close();
    throw error;
  }
}

export async function openShards(folder: string, format: ShardedFormat): Promise<WeightSource> {
  const files = new WeightFiles(folder);
  try {
    const shardOf = await readShardIndex(join(folder, format.indexFile), format.shardName);
    const located = new Map<string, Map<string, StoredTensor>>();
    for (const shard of new Set(shardOf.values()))
      located.set(shard, await format.locate(await files.open(shard)));
    const tensors = new Map<string, StoredTensor>();
    for (const [name, shard] of shardOf) {
      const tensor = located.get(shard)?.get(name);
      if (tensor === undefined)
        throw new OperatorError(
          `${join(folder, format.indexFile)} places ${name} in ${shard}, which does not hold it.`,
        );
      tensors.set(name, tensor);
    }
    return new StoredWeights(format.kind, [format.indexFile, ...files.names], tensors, files);
  } catch (error) {
    await files.close();
    throw error;
  }
}

/** File name of each tensor's shard. */
async function readShardIndex(path: string, shardName: RegExp): Promise<Map<string, string>> {
  const index = JsonFields.of(await readJsonFile(path, MAX_INDEX_BYTES), path);
  const weightMap = index.child('weight_map');
  const shardOf = new Map(
    weightMap
      .names()
      .map((name) => [name, weightMap.string(name, shardName, 'the file name of a shard')]),
  );
  const shards = new Set(shardOf.values()).size;
  if (shards > MAX_SHARDS)
    throw new OperatorError(`${path} names ${shards} files; at most ${MAX_SHARDS} are expected.`);
  return shardOf;
}
