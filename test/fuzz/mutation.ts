import fc from 'fast-check';

/** A change of a file's bytes; places are shares of its length, so that edits fit files of any size. */
export type Edit = (bytes: Buffer) => Buffer;

/** Numbers that stand at the borders of what formats and readers can hold. */
const BORDERS = [
  0n,
  1n,
  0x7fn,
  0x80n,
  0xffn,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];
/** Keeps what edits do to a file's size within bounds. */
const MAX_BYTES = 1024 * 1024;

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const shortLength = fc.integer({ min: 1, max: 64 });

const anotherByte = fc.tuple(place, fc.nat(255)).map(
  ([at, value]): Edit =>
    (bytes) =>
      overwrite(bytes, at, Buffer.of(value)),
);
const anotherBit = fc.tuple(place, fc.nat(7)).map(
  ([at, bit]): Edit =>
    (bytes) =>
      overwrite(bytes, at, Buffer.of((bytes[index(bytes, at)] ?? 0) ^ (1 << bit))),
);
const borderNumber = fc.tuple(place, fc.constantFrom(...BORDERS), fc.constantFrom(1, 2, 4, 8)).map(
  ([at, value, width]): Edit =>
    (bytes) =>
      overwrite(bytes, at, littleEndian(value).subarray(0, width)),
);
const insertion = fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 16 })).map(
  ([at, inserted]): Edit =>
    (bytes) =>
      splice(bytes, index(bytes, at), 0, inserted),
);
const removal = fc.tuple(place, shortLength).map(
  ([at, length]): Edit =>
    (bytes) =>
      splice(bytes, index(bytes, at), length, new Uint8Array()),
);
const repetition = fc
  .tuple(place, place, shortLength)
  .map(([from, to, length]): Edit => (bytes) => {
    const start = index(bytes, from);
    return splice(bytes, index(bytes, to), 0, bytes.subarray(start, start + length));
  });
const truncation = place.map(
  (end): Edit =>
    (bytes) =>
      bytes.subarray(0, index(bytes, end)),
);

/** Light edits come more often: they get further into a reader. */
const edit = fc.oneof(
  { arbitrary: anotherBit, weight: 6 },
  { arbitrary: anotherByte, weight: 6 },
  { arbitrary: borderNumber, weight: 3 },
  { arbitrary: fc.oneof(insertion, removal, repetition, truncation), weight: 2 },
);

/** Files that are nearly valid: one to four edits of a valid one. */
export function mutationsOf(valid: Uint8Array): fc.Arbitrary<Buffer> {
  return fc
    .array(edit, { minLength: 1, maxLength: 4 })
    .map((edits) => edits.reduce<Buffer>((bytes, change) => change(bytes), Buffer.from(valid)));
}

function index(bytes: Buffer, share: number): number {
  return Math.floor(share * bytes.length);
}

function overwrite(bytes: Buffer, share: number, value: Buffer): Buffer {
  const at = index(bytes, share);
  return splice(bytes, at, Math.min(value.length, bytes.length - at), value);
}

function splice(bytes: Buffer, at: number, removed: number, inserted: Uint8Array): Buffer {
  const spliced = Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]);
  return spliced.subarray(0, MAX_BYTES);
}

function littleEndian(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
