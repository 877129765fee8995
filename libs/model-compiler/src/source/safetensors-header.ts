import type { FileHandle } from 'node:fs/promises';
import { OperatorError } from '#libs/domain';
import { JsonFields, parseJson } from '#libs/prepared-model';

/** Bytes of one element of each type that the format knows. */
const ELEMENT_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

type SafetensorsType = keyof typeof ELEMENT_BYTES;

/** One tensor in a safetensors file. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  /** Offset of the first byte in the file. */
  readonly begin: number;
  /** Offset after the last byte in the file. */
  readonly end: number;
}

const LENGTH_BYTES = 8;
/** A checkpoint of a thousand tensors has a header of about 100 kB. */
const MAX_HEADER_BYTES = 8 * 1024 * 1024;
const MAX_AXES = 8;
const METADATA = '__metadata__';

/**
 * Reads and checks the header: a little-endian uint64 length, then so many bytes of JSON, then the data.
 * What the entries promise is held against the size of the file, so that later reads can trust them.
 *
 * Source: the format's description, huggingface/safetensors, README.
 */
export async function readSafetensorsHeader(
  file: FileHandle,
  path: string,
): Promise<SafetensorsEntry[]> {
  const { size } = await file.stat();
  const length = await readHeaderLength(file, path, size);
  const bytes = Buffer.alloc(length);
  await readFully(file, path, bytes, LENGTH_BYTES);
  const where = `The header of ${path}`;
  const fields = JsonFields.of(parseJson(bytes.toString('utf8'), where), where);
  const dataStart = LENGTH_BYTES + length;
  const entries = fields
    .names()
    .filter((name) => name !== METADATA)
    .map((name) => parseEntry(fields.child(name), name, { start: dataStart, end: size }));
  checkOverlaps(entries, path);
  return entries;
}

/** Fills the buffer from the file's offset on; a file that ends before is an `OperatorError`. */
export async function readFully(
  file: FileHandle,
  path: string,
  buffer: Uint8Array,
  offset: number,
): Promise<void> {
  let done = 0;
  while (done < buffer.length) {
    const { bytesRead } = await file.read(buffer, done, buffer.length - done, offset + done);
    if (bytesRead === 0)
      throw new OperatorError(
        `${path} ends at byte ${offset + done}, before its content is complete. Fetch it again.`,
      );
    done += bytesRead;
  }
}

async function readHeaderLength(file: FileHandle, path: string, size: number): Promise<number> {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  await readFully(file, path, bytes, 0);
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

function parseEntry(fields: JsonFields, name: string, data: DataRange): SafetensorsEntry {
  const type = fields.oneOf('dtype', Object.keys(ELEMENT_BYTES) as SafetensorsType[]);
  const shape = parseIntegers(fields, 'shape');
  if (shape.length > MAX_AXES) fields.refuse('shape', `a list of at most ${MAX_AXES} sizes`);
  const offsets = parseIntegers(fields, 'data_offsets');
  const [from = 0, to = 0] = offsets;
  const bytes = shape.reduce((product, axis) => product * axis, ELEMENT_BYTES[type]);
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

function checkOverlaps(entries: readonly SafetensorsEntry[], path: string): void {
  const sorted = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  for (const [i, entry] of sorted.entries()) {
    const next = sorted[i + 1];
    if (next !== undefined && next.begin < entry.end)
      throw new OperatorError(
        `${path}: the tensors ${entry.name} and ${next.name} overlap. The file is damaged; fetch it again.`,
      );
  }
}
