import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import {
  pickle,
  pickleView,
  type TestEntry,
  type TestView,
  torchFile,
  zipFile,
} from '../../../../../test/support/torch-file.js';
import { openWeights } from '../open-weights.js';

const MIB = 1024 * 1024;
/** What a refusal may add to the memory: the pickle itself has 8 MiB at most. */
const MAX_GROWTH_MIB = 96;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-torch-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function expectRefusal(bytes: Uint8Array, message: RegExp): Promise<void> {
  await writeFile(join(folder, 'pytorch_model.bin'), bytes);
  const before = process.memoryUsage().rss;
  const error: unknown = await openWeights(folder).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const growth = process.memoryUsage().rss - before;
  expect(error).toBeInstanceOf(OperatorError);
  expect(String(error)).toMatch(message);
  expect(String(error).split('\n')).toHaveLength(1);
  expect(growth / MIB).toBeLessThan(MAX_GROWTH_MIB);
}

/** A state dict with the one tensor `w`, a view of 6 float32 under the key 0. */
function withView(view: Partial<TestView>, storageBytes = 24): Buffer {
  const whole = { key: '0', elements: 6, shape: [2, 3], ...view };
  const tensors = pickle.dictionary([['w', pickleView(whole)]]);
  return torchFile(pickle.of(tensors), { '0': Buffer.alloc(storageBytes) });
}

function withPickle(...instructions: Uint8Array[]): Buffer {
  return torchFile(pickle.of(...instructions));
}

function opcodes(...codes: (number | string)[]): Buffer {
  return Buffer.concat(
    codes.map((code) => (typeof code === 'string' ? Buffer.from(code) : Buffer.from([code]))),
  );
}

/** One value, remembered so many times. */
function remembered(count: number): Buffer {
  const instructions = Buffer.alloc(5 * count, 'r');
  for (let i = 0; i < count; i++) instructions.writeUInt32LE(i, 5 * i + 1);
  return Buffer.concat([opcodes('N'), instructions]);
}

/** A tuple of two of the same tuple of two of …: 2**`depth` leaves, if anybody counted them. */
function laughs(depth: number): Buffer {
  const twice = opcodes('q', 0, 'h', 0, 0x86);
  return Buffer.concat([pickle.emptyTuple, ...Array.from({ length: depth }, () => twice)]);
}

describe('a view in a torch file', () => {
  it.each<[string, Partial<TestView>, RegExp]>([
    ['past the end', { offset: 1 }, /\[2, 3\] reaches past the end of its storage "0"/],
    ['far past the end', { offset: 2 ** 60 }, /in a way that torch does not/],
    ['of huge axes', { shape: [2 ** 50, 2 ** 50] }, /reaches past the end/],
    ['of huge strides', { strides: [2 ** 52, 1] }, /reaches past the end/],
    ['of a negative axis', { shape: [-2, 3] }, /in a way that torch does not/],
    ['of a negative offset', { offset: -1 }, /in a way that torch does not/],
    ['of nine axes', { shape: Array<number>(9).fill(1) }, /in a way that torch does not/],
    ['of fewer strides than axes', { strides: [1] }, /in a way that torch does not/],
    ['that repeats a row', { strides: [0, 1] }, /strides \[0, 1\]; save it with \.contiguous/],
    ['of a storage that is not there', { key: '../0' }, /the storage "\.\.\/0" is missing/],
    ['of a longer storage', { elements: 7 }, /data\/0 has 24 bytes where 28 belong/],
    ['of a storage of another type', { storageClass: 'HalfStorage' }, /24 bytes where 12 belong/],
    ['of a class of storage that is none', { storageClass: 'Tensor' }, /names "torch\.Tensor"/],
  ])('is refused where it is one %s', async (_, view, message) => {
    await expectRefusal(withView(view), message);
  });
});

describe('a pickle in a torch file', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['no value', pickle.of(), /takes a value from an empty stack/],
    ['two values', pickle.of(opcodes('NN')), /leaves more than one value/],
    ['a number for a dictionary', pickle.of(pickle.integer(3)), /is no dictionary of tensors/],
    ['no end', Buffer.from([0x80, 2, 0x7d]), /ends at byte 3, inside an instruction/],
    ['a later protocol', Buffer.from([0x80, 6, 0x2e]), /protocol is 6; at most 5/],
    ['an instance', pickle.of(opcodes('(ios\nsystem\n')), /names "os\.system", which has no place/],
    ['an instruction of no use', pickle.of(opcodes('N2')), /0x32 at byte 3 is none that/],
    ['a list', pickle.of(opcodes(']')), /the instruction 0x5d/],
    ['a name without an end', pickle.of(opcodes('cos')), /ends inside a name/],
    ['text that is not UTF-8', pickle.of(opcodes(0x8c, 1, 0xff)), /a text is not UTF-8/],
    ['a mark that is not there', pickle.of(opcodes('t')), /a mark that is not there/],
    ['a value that is not there', pickle.of(opcodes('h', 9)), /recalls the value 9/],
    ['a key that is a number', pickle.of(opcodes('}K', 1, 'Ns')), /a key that is no text/],
    ['items of a number', pickle.of(opcodes('K', 1, 'K', 1, 'Ns')), /sets items of what is no/],
    ['attributes of a tuple', pickle.of(opcodes(')}b')), /builds an object that is no dictionary/],
    ['a call of a text', pickle.of(pickle.call(pickle.text('os.system'))), /calls what is no func/],
    [
      'a call of a storage class',
      pickle.of(pickle.call(pickle.global('torch', 'FloatStorage'))),
      /calls what is no function/,
    ],
    [
      'arguments that are no tuple',
      pickle.of(pickle.global('collections', 'OrderedDict'), opcodes('NR')),
      /calls without a tuple/,
    ],
    [
      'an OrderedDict of pairs',
      pickle.of(pickle.call(pickle.global('collections', 'OrderedDict'), pickle.emptyTuple)),
      /fills a dictionary in a way/,
    ],
    [
      'a persistent id of no storage',
      pickle.of(pickle.text('secret'), pickle.persistent),
      /refers to what is no storage/,
    ],
    [
      'a parameter of a number',
      pickle.of(pickle.call(pickle.global('torch._utils', '_rebuild_parameter'), opcodes('N'))),
      /a parameter of what is no tensor/,
    ],
  ])('is refused where it has %s', async (_, bytes, message) => {
    await expectRefusal(torchFile(bytes), message);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['of millions on the stack', Buffer.alloc(8 * MIB - 16, 'N'), /stacks more than 100000/],
    ['of millions of marks', Buffer.alloc(8 * MIB - 16, '('), /nests more than 1000/],
    [
      'of a tuple in a tuple, millions deep',
      Buffer.concat([opcodes('N'), Buffer.alloc(8 * MIB - 16, 0x85)]),
      /makes more than 500000 values/,
    ],
    ['of a long memory', remembered(100_001), /remembers more than 100000/],
    ['of a number of 2 GB', opcodes(0x8b, 0xff, 0xff, 0xff, 0x7f), /takes 2147483647 bytes/],
    ['of a text of 4 GB', opcodes('X', 0xff, 0xff, 0xff, 0xff), /takes 4294967295 bytes/],
    ['of 2**200 leaves, as a value', laughs(200), /is no dictionary of tensors/],
    [
      'of 2**200 leaves, as a name',
      Buffer.concat([laughs(200), pickle.text('x'), opcodes(0x93)]),
      /a name is no text/,
    ],
    [
      'of 2**200 leaves, as an axis',
      pickle.call(pickle.global('torch._utils', '_rebuild_tensor_v2'), laughs(200)),
      /in a way that torch does not/,
    ],
  ])('is refused where it is a bomb %s', async (_, instructions, message) => {
    await expectRefusal(withPickle(instructions), message);
  });

  it('is refused where it is larger than any state dict', async () => {
    await expectRefusal(
      torchFile(Buffer.alloc(8 * MIB + 1, '(')),
      /data\.pkl in .* has 8388609 bytes; at most 8388608/,
    );
  });
});

describe('a zip file', () => {
  const dataPickle = pickle.of(pickle.dictionary([]));
  const entry = (name: string, claims: TestEntry['claims'] = {}): TestEntry => ({
    name,
    content: dataPickle,
    claims,
  });
  const first = entry('a/data.pkl');

  it.each<[string, Uint8Array, RegExp]>([
    ['is something else', Buffer.from('<!DOCTYPE html><html>'), /no checkpoint in torch's zip/],
    ['is empty', Buffer.alloc(0), /no checkpoint in torch's zip/],
    ['is cut short', zipFile([first]).subarray(0, 60), /central directory record signature not/],
    ['has no data.pkl', zipFile([entry('a/data/0')]), /a zip file without a data\.pkl/],
    [
      'is big-endian',
      zipFile([first, { name: 'a/byteorder', content: Buffer.from('big') }]),
      /"big"/,
    ],
    ['has a name twice', zipFile([first, first]), /holds a\/data\.pkl twice/],
    ['has an absolute name', zipFile([entry('/etc/passwd')]), /absolute path: \/etc\/passwd/],
    ['has a name with ..', zipFile([entry('a/../../data.pkl')]), /invalid relative path/],
    ['compresses', zipFile([entry('a/data.pkl', { method: 8 })]), /is compressed or encrypted/],
    [
      'has entries over one another',
      zipFile([first, entry('a/data/0', { offset: 0 })]),
      /its entries a\/data\.pkl and a\/data\/0 overlap/,
    ],
    [
      'has entries that run into the next',
      zipFile([entry('a/data.pkl', { bytes: dataPickle.length + 1 }), entry('a/data/0')]),
      /its entries a\/data\.pkl and a\/data\/0 overlap/,
    ],
    [
      'has an entry past its end',
      zipFile([entry('a/data.pkl', { bytes: 0x7fffffff })]),
      /file data overflows file bounds/,
    ],
    [
      'places an entry outside',
      zipFile([entry('a/data.pkl', { offset: 0x7ffffff0 })]),
      /points to byte \d+ of \d+/,
    ],
    [
      'places its directory at 2**63',
      zipFile([first], { directoryOffset: 2n ** 63n }),
      /points to byte \d+ of/,
    ],
    [
      'places the end of its directory at 2**64 - 1',
      zipFile([first], { endOffset: 2n ** 64n - 1n }),
      /points to byte \d+ of/,
    ],
    [
      'announces 2**40 entries',
      zipFile([first], { entries: 2n ** 40n }),
      /announces 1099511627776 entries; at most 20000/,
    ],
  ])('is refused where it %s', async (_, bytes, message) => {
    await expectRefusal(bytes, message);
  });
});
