import { OperatorError } from '#libs/domain';
import { JsonFields, parseJson } from '#libs/prepared-model';
import type { ShardedFormat } from './shards.js';
import {
  ELEMENT_BYTES,
  elementCount,
  MAX_AXES,
  type StoredTensor,
  type StoredType,
} from './stored-tensor.js';
import type { WeightFile } from './weight-file.js';

interface Entry {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
  /** Offset of the first byte in the file. */
  readonly begin: number;
  /** Offset after the last byte in the file. */
  readonly end: number;
}

const LENGTH_BYTES = 8;
/** A checkpoint of a thousand tensors has a header of about 100 kB. */
const MAX_HEADER_BYTES = 8 * 1024 * 1024;
const METADATA = '__metadata__';

export const SAFETENSORS: ShardedFormat = {
  kind: 'safetensors',
  singleFile: 'model.safetensors',
  indexFile: 'model.safetensors.index.json',
  shardName: /^[A-Za-z0-9_][A-Za-z0-9._-]*\.safetensors$/,
  locate: locateSafetensors,
};

/**
 * Reads and checks the header: a little-endian uint64 length, then so many bytes of JSON, then the data.
 * What the entries promise is held against the size of the file, so that later reads can trust them.
 *
 * Source: the format's description, huggingface/safetensors, README.
 */
async function locateSafetensors(file: WeightFile): Promise<Map<string, StoredTensor>> {
  const length = await readHeaderLength(file);
  const bytes = Buffer.alloc(length);
  await file.fill(bytes, LENGTH_BYTES);
  const where = `The header of ${file.path}`;
  const fields = JsonFields.of(parseJson(bytes.toString('utf8'), where), where);
  const dataStart = LENGTH_BYTES + length;
  const entries = fields
    .names()
    .filter((name) => name !== METADATA)
    .map((name) => parseEntry(fields.child(name), name, { start: dataStart, end: file.size }));
  checkOverlaps(entries, file.path);
  return new Map(
    entries.map(({ name, type, shape, begin }) => [
      name,
      { file, type, shape, begin, transposed: false },
    ]),
  );
}

async function readHeaderLength(file: WeightFile): Promise<number> {
  const { path, size } = file;
  const bytes = Buffer.alloc(LENGTH_BYTES);
  await file.fill(bytes, 0);
  const length = bytes.readBigUInt64LE();
  if (length > MAX_HEADER_BYTES)
    throw new OperatorError(
      `${path} announces a header of ${length} bytes; at most ${MAX_HEADER_BYTES} are expected. ` +
        'It is damaged or no safetensors file.',
    );
  if (LENGTH_BYTES + Number(length) > size)
    throw new OperatorError(
      `${path} has ${size} bytes, fewer than its header of ${length}. Fetch it again.`,
    );
  return Number(length);
}

interface DataRange {
  readonly start: number;
  readonly end: number;
}

function parseEntry(fields: JsonFields, name: string, data: DataRange): Entry {
  const type = fields.oneOf('dtype', Object.keys(ELEMENT_BYTES) as StoredType[]);
  const shape = parseIntegers(fields, 'shape');
  if (shape.length > MAX_AXES) fields.refuse('shape', `a list of at most ${MAX_AXES} sizes`);
  const offsets = parseIntegers(fields, 'data_offsets');
  const [from = 0, to = 0] = offsets;
  const bytes = ELEMENT_BYTES[type] * elementCount(shape);
  if (offsets.length !== 2 || to - from !== bytes)
    fields.refuse('data_offsets', `a begin and an end ${bytes} bytes apart (dtype and shape)`);
  if (data.start + to > data.end)
    fields.refuse(
      'data_offsets',
      `inside the ${data.end - data.start} bytes of data (the file is cut short; fetch it again)`,
    );
  return { name, type, shape, begin: data.start + from, end: data.start + to };
}

/** A list of whole numbers from 0, each and their product small enough to be exact. */
function parseIntegers(fields: JsonFields, name: string): number[] {
  const value = fields.value(name);
  const isSize = (item: unknown): boolean => Number.isSafeInteger(item) && (item as number) >= 0;
  if (!Array.isArray(value) || !value.every(isSize))
    fields.refuse(name, 'a list of whole numbers from 0');
  return value as number[];
}

function checkOverlaps(entries: readonly Entry[], path: string): void {
  const sorted = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  for (const [i, entry] of sorted.entries()) {
    const next = sorted[i + 1];
    if (next !== undefined && next.begin < entry.end)
      throw new OperatorError(
        `${path}: the tensors ${entry.name} and ${next.name} overlap. The file is damaged; fetch it again.`,
      );
  }
}
