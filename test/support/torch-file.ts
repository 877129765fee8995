/** Files as `torch.save` writes them, and such as it never would, for the tests. */

/** A tensor of a state dict, and the storage that it is a view of. */
export interface TestView {
  readonly storageClass?: string;
  readonly key: string;
  /** Of the storage. */
  readonly elements: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
}

export interface TestEntry {
  readonly name: string;
  readonly content: Uint8Array;
  /** What the directory says, where it is not the truth. */
  readonly claims?: { readonly offset?: number; readonly bytes?: number; readonly method?: number };
}

/** 64-bit sizes and offsets. These are what the file says of itself, where it is not the truth. */
export interface Zip64 {
  readonly directoryOffset?: number | bigint;
  readonly endOffset?: number | bigint;
  readonly entries?: number | bigint;
}

const IN_ZIP64 = 0xffffffff;

/** Pickle instructions, protocol 2. */
export const pickle = {
  of: (...instructions: Uint8Array[]): Buffer =>
    Buffer.concat([Buffer.from([0x80, 2]), ...instructions, Buffer.from('.')]),
  mark: Buffer.from('('),
  emptyDictionary: Buffer.from('}'),
  setItems: Buffer.from('u'),
  reduce: Buffer.from('R'),
  persistent: Buffer.from('Q'),
  false: Buffer.from([0x89]),
  emptyTuple: Buffer.from(')'),
  global: (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`),
  text: (value: string): Buffer => withLength('X', Buffer.from(value)),
  integer: (value: number): Buffer => {
    const bytes = Buffer.alloc(10, 0x8a);
    bytes[1] = 8;
    bytes.writeBigInt64LE(BigInt(value), 2);
    return bytes;
  },
  tuple: (...values: Uint8Array[]): Buffer =>
    Buffer.concat([pickle.mark, ...values, Buffer.from('t')]),
  /** Calls a global, or what else is called. */
  call: (callee: Uint8Array, ...args: Uint8Array[]): Buffer =>
    Buffer.concat([callee, pickle.tuple(...args), pickle.reduce]),
  dictionary: (entries: readonly (readonly [string, Uint8Array])[]): Buffer =>
    Buffer.concat([
      pickle.emptyDictionary,
      pickle.mark,
      ...entries.flatMap(([key, value]) => [pickle.text(key), value]),
      pickle.setItems,
    ]),
};

/** The pickle of a view, as `torch.Tensor.__reduce_ex__` makes it. */
export function pickleView(view: TestView): Buffer {
  const { storageClass = 'FloatStorage', key, elements, offset = 0, shape } = view;
  const strides = view.strides ?? shape.map((_, i) => product(shape.slice(i + 1)));
  const storage = pickle.tuple(
    pickle.text('storage'),
    pickle.global('torch', storageClass),
    pickle.text(key),
    pickle.text('cpu'),
    pickle.integer(elements),
  );
  return pickle.call(
    pickle.global('torch._utils', '_rebuild_tensor_v2'),
    Buffer.concat([storage, pickle.persistent]),
    pickle.integer(offset),
    pickle.tuple(...shape.map(pickle.integer)),
    pickle.tuple(...strides.map(pickle.integer)),
    pickle.false,
    pickle.call(pickle.global('collections', 'OrderedDict')),
  );
}

/** A checkpoint file: the pickle, and storages by their keys. */
export function torchFile(
  dataPickle: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
): Buffer {
  return zipFile([
    { name: 'archive/data.pkl', content: dataPickle },
    { name: 'archive/byteorder', content: Buffer.from('little') },
    ...Object.entries(storages).map(([key, content]) => ({ name: `archive/data/${key}`, content })),
  ]);
}

/** A zip file of stored entries (PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16). */
export function zipFile(entries: readonly TestEntry[], zip64?: Zip64): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, claims = {} } of entries) {
    const local = Buffer.concat([Buffer.alloc(30), Buffer.from(name), content]);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const bytes = claims.bytes ?? content.length;
    const place = claims.offset ?? offset;
    // Field 1 of 24 bytes.
    const extra = [Buffer.from([1, 0, 24, 0]), uint64s(bytes, bytes, place)];
    const central = Buffer.concat([
      Buffer.alloc(46),
      Buffer.from(name),
      ...(zip64 === undefined ? [] : extra),
    ]);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(claims.method ?? 0, 10);
    central.writeUInt32LE(zip64 === undefined ? bytes : IN_ZIP64, 20);
    central.writeUInt32LE(zip64 === undefined ? bytes : IN_ZIP64, 24);
    central.writeUInt16LE(Buffer.byteLength(name), 28);
    central.writeUInt16LE(zip64 === undefined ? 0 : 28, 30);
    central.writeUInt32LE(zip64 === undefined ? place : IN_ZIP64, 42);
    bodies.push(local);
    directory.push(central);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(zip64 === undefined ? offset : IN_ZIP64, 16);
  const end64 = zip64 === undefined ? [] : endOfZip64(entries.length, listed.length, offset, zip64);
  return Buffer.concat([...bodies, listed, ...end64, end]);
}

/** The end record of zip64 and its locator (sections 4.3.14 and 4.3.15). */
function endOfZip64(entries: number, bytes: number, offset: number, zip64: Zip64): Buffer[] {
  const end = Buffer.alloc(56);
  end.writeUInt32LE(0x06064b50, 0);
  uint64s(44).copy(end, 4);
  const claimed = zip64.entries ?? entries;
  uint64s(claimed, claimed, bytes, zip64.directoryOffset ?? offset).copy(end, 24);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  uint64s(zip64.endOffset ?? offset + bytes).copy(locator, 8);
  return [end, locator];
}

function uint64s(...values: (number | bigint)[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), 8 * i);
  return bytes;
}

function withLength(opcode: string, payload: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(payload.length);
  return Buffer.concat([Buffer.from(opcode), length, payload]);
}

function product(axes: readonly number[]): number {
  return axes.reduce((all, axis) => all * axis, 1);
}
