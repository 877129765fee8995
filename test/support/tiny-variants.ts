import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TINY = fileURLToPath(new URL('../fixtures/tiny-m2m100', import.meta.url));
const EMBEDDING = 'model.shared.weight';
const FILES = [
  'config.json',
  'generation_config.json',
  'model.safetensors',
  'sentencepiece.bpe.model',
  'tokenizer_config.json',
  'vocab.json',
];

/** How a checkpoint differs from the tiny fixture. */
export interface TinyVariant {
  /** Rows of the embedding: those of the fixture, cut, or with more of the same kind after them. */
  readonly vocabularySize?: number;
  /** Fields of `config.json`; undefined removes one. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Fields of `generation_config.json`. */
  readonly generationConfig?: Readonly<Record<string, unknown>>;
  /** Fields of `tokenizer_config.json`. */
  readonly tokenizerConfig?: Readonly<Record<string, unknown>>;
}

/** Writes a checkpoint that is the tiny fixture but for what the variant says. The same variant gives the same bytes. */
export async function writeTinyVariant(folder: string, variant: TinyVariant): Promise<void> {
  for (const name of FILES) await cp(join(TINY, name), join(folder, name));
  const { vocabularySize } = variant;
  const size = vocabularySize === undefined ? {} : { vocab_size: vocabularySize };
  await editJson(join(folder, 'config.json'), { ...size, ...variant.config });
  await editJson(join(folder, 'generation_config.json'), variant.generationConfig ?? {});
  await editJson(join(folder, 'tokenizer_config.json'), variant.tokenizerConfig ?? {});
  if (vocabularySize !== undefined)
    await resizeEmbedding(join(folder, 'model.safetensors'), vocabularySize);
}

async function editJson(path: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
  const json = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ ...json, ...changes }));
}

interface TensorEntry {
  readonly shape: [number, number];
  readonly data_offsets: [number, number];
}

/** The embedding stands last in the fixture's data, so that its end is the file's. */
async function resizeEmbedding(path: string, rows: number): Promise<void> {
  const bytes = await readFile(path);
  const dataBegin = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, dataBegin).toString()) as Record<string, TensorEntry>;
  const { shape, data_offsets: offsets } = header[EMBEDDING]!;
  const rowBytes = 4 * shape[1];
  const old = bytes.subarray(dataBegin + offsets[0], dataBegin + offsets[1]);
  // Rows after the last are the first ones again, backwards: real values, in rows of their own.
  const added = Array.from({ length: Math.max(0, rows - shape[0]) }, (_, i) =>
    Float32Array.from(new Float32Array(copyOf(old.subarray(i * rowBytes, (i + 1) * rowBytes))))
      .map((value, column) => value * (column % 2 === 0 ? -1 : 1))
      .reverse(),
  );
  const embedding = Buffer.concat([
    old.subarray(0, rows * rowBytes),
    ...added.map((row) => Buffer.from(row.buffer)),
  ]);
  header[EMBEDDING] = {
    ...header[EMBEDDING]!,
    shape: [rows, shape[1]],
    data_offsets: [offsets[0], offsets[0] + embedding.length],
  };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const before = bytes.subarray(dataBegin, dataBegin + offsets[0]);
  await writeFile(path, Buffer.concat([length, json, before, embedding]));
}

/** Floats are read where their bytes are aligned. */
function copyOf(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
