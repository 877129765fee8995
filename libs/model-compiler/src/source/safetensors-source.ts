import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { assertInvariant, OperatorError } from '#libs/domain';
import { JsonFields, readJsonFile } from '#libs/prepared-model';
import { SafetensorsFile } from './safetensors-file.js';
import type { WeightSource } from './weight-source.js';

const SINGLE_FILE = 'model.safetensors';
const INDEX_FILE = 'model.safetensors.index.json';
const MAX_INDEX_BYTES = 16 * 1024 * 1024;
const MAX_SHARDS = 256;
/** Plain names alone: an index cannot lead out of the checkpoint's folder. */
const SHARD_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*\.safetensors$/;

/** Weights in `model.safetensors`, or in the shards that `model.safetensors.index.json` names. */
export class SafetensorsSource implements WeightSource {
  readonly kind = 'safetensors';

  private constructor(
    readonly fileNames: readonly string[],
    private readonly files: readonly SafetensorsFile[],
    private readonly fileOf: ReadonlyMap<string, SafetensorsFile>,
  ) {}

  static async open(folder: string): Promise<SafetensorsSource> {
    if (await exists(join(folder, SINGLE_FILE))) {
      const file = await SafetensorsFile.open(join(folder, SINGLE_FILE));
      const fileOf = new Map([...file.entries.keys()].map((name) => [name, file]));
      return new SafetensorsSource([SINGLE_FILE], [file], fileOf);
    }
    if (await exists(join(folder, INDEX_FILE))) return SafetensorsSource.#openShards(folder);
    throw new OperatorError(
      `${folder} holds neither ${SINGLE_FILE} nor ${INDEX_FILE}. ` +
        'A checkpoint in the Hugging Face layout with safetensors weights is expected.',
    );
  }

  static async #openShards(folder: string): Promise<SafetensorsSource> {
    const shardOf = await readShardIndex(join(folder, INDEX_FILE));
    const shards = new Map<string, SafetensorsFile>();
    const fileOf = new Map<string, SafetensorsFile>();
    try {
      for (const [name, shard] of shardOf) {
        const file = shards.get(shard) ?? (await SafetensorsFile.open(join(folder, shard)));
        shards.set(shard, file);
        if (!file.entries.has(name))
          throw new OperatorError(
            `${join(folder, INDEX_FILE)} places ${name} in ${shard}, which does not hold it.`,
          );
        fileOf.set(name, file);
      }
    } catch (error) {
      await Promise.all([...shards.values()].map((file) => file.close()));
      throw error;
    }
    return new SafetensorsSource([INDEX_FILE, ...shards.keys()], [...shards.values()], fileOf);
  }

  get names(): readonly string[] {
    return [...this.fileOf.keys()];
  }

  shape(name: string): readonly number[] | undefined {
    return this.fileOf.get(name)?.entries.get(name)?.shape;
  }

  async read(name: string): Promise<Float32Array> {
    const [rows = 1] = this.#shape(name);
    return this.readRows(name, 0, rows);
  }

  async readRows(name: string, from: number, to: number): Promise<Float32Array> {
    const [rows = 1, ...axes] = this.#shape(name);
    assertInvariant(from >= 0 && from <= to && to <= rows, `${name} has no rows ${from} to ${to}`);
    const rowElements = axes.reduce((product, axis) => product * axis, 1);
    const file = this.fileOf.get(name);
    assertInvariant(file !== undefined, `there is no tensor ${name}`);
    return file.readElements(name, from * rowElements, (to - from) * rowElements);
  }

  async close(): Promise<void> {
    await Promise.all(this.files.map((file) => file.close()));
  }

  #shape(name: string): readonly number[] {
    const shape = this.shape(name);
    assertInvariant(shape !== undefined, `there is no tensor ${name}`);
    return shape;
  }
}

/** File name of each tensor's shard. */
async function readShardIndex(path: string): Promise<Map<string, string>> {
  const index = JsonFields.of(await readJsonFile(path, MAX_INDEX_BYTES), path);
  const weightMap = index.child('weight_map');
  const shardOf = new Map(
    weightMap
      .names()
      .map((name) => [name, weightMap.string(name, SHARD_NAME, 'the file name of a shard')]),
  );
  const shards = new Set(shardOf.values()).size;
  if (shards > MAX_SHARDS)
    throw new OperatorError(`${path} names ${shards} files; at most ${MAX_SHARDS} are expected.`);
  return shardOf;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
