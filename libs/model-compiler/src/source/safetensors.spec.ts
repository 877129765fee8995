import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { openWeights } from './open-weights.js';
import type { WeightSource } from './weight-source.js';

const FIXTURE = fileURLToPath(new URL('../../../../test/fixtures/tiny-m2m100', import.meta.url));

type Header = Record<string, unknown>;

/** A file with the header and so many bytes of data, all their index. */
function safetensors(header: Header | string, dataBytes: number, announcedBytes?: number): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(announcedBytes ?? json.length));
  return Buffer.concat([length, json, Buffer.from(Array.from({ length: dataBytes }, (_, i) => i))]);
}

function entry(dtype: string, shape: unknown, begin: number, end: number): Header {
  return { dtype, shape, data_offsets: [begin, end] };
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterEach(() => rm(folder, { recursive: true }));

function write(name: string, content: Buffer | object): Promise<void> {
  const bytes = Buffer.isBuffer(content) ? content : JSON.stringify(content);
  return writeFile(join(folder, name), bytes);
}

async function openWith(content: Buffer): Promise<WeightSource> {
  await write('model.safetensors', content);
  return openWeights(folder);
}

describe('safetensors', () => {
  it('reads float32, float16 and bfloat16', async () => {
    const data = Buffer.alloc(16);
    data.writeFloatLE(1.5, 0);
    data.writeFloatLE(-0.1, 4);
    data.writeUInt16LE(0x3e00, 8); // 1.5 in float16
    data.writeUInt16LE(0x0001, 10); // the least float16
    data.writeUInt16LE(0xbfc0, 12); // -1.5 in bfloat16
    data.writeUInt16LE(0x4049, 14); // 3.140625 in bfloat16
    const header = safetensors(
      {
        __metadata__: { format: 'pt' },
        single: entry('F32', [2], 0, 8),
        half: entry('F16', [2, 1], 8, 12),
        brain: entry('BF16', [1, 2], 12, 16),
      },
      0,
    );
    const source = await openWith(Buffer.concat([header, data]));
    expect(source.names).toEqual(['single', 'half', 'brain']);
    expect(source.shape('half')).toEqual([2, 1]);
    expect(source.shape('none')).toBeUndefined();
    expect([...(await source.read('single'))]).toEqual([1.5, Math.fround(-0.1)]);
    expect([...(await source.read('half'))]).toEqual([1.5, 2 ** -24]);
    expect([...(await source.read('brain'))]).toEqual([-1.5, 3.140625]);
    await source.close();
  });

  it('reads some rows as they stand in the whole', async () => {
    const source = await openWeights(FIXTURE);
    const name = 'model.shared.weight';
    const [rows = 0, columns = 0] = source.shape(name) ?? [];
    const whole = await source.read(name);
    expect(whole.length).toBe(rows * columns);
    const some = await source.readRows(name, 700, rows);
    expect(some).toEqual(whole.slice(700 * columns));
    await source.close();
  });

  it('reads a tensor of more than one piece', async () => {
    const count = 2 * 1024 * 1024 + 3;
    const bits = Uint16Array.from({ length: count }, (_, i) => i % 0x7c00);
    const header = safetensors({ long: entry('BF16', [count], 0, 2 * count) }, 0);
    const source = await openWith(Buffer.concat([header, Buffer.from(bits.buffer)]));
    const values = new Uint32Array((await source.read('long')).buffer);
    expect(values.every((word, i) => word === (i % 0x7c00) << 16)).toBe(true);
    await source.close();
  });

  it('reads the shards that an index names', async () => {
    await write('a.safetensors', safetensors({ x: entry('U8', [4], 0, 4) }, 4));
    await write('b.safetensors', safetensors({ y: entry('BF16', [1], 0, 2) }, 2));
    await write('model.safetensors.index.json', {
      weight_map: { x: 'a.safetensors', y: 'b.safetensors' },
    });
    const source = await openWeights(folder);
    expect(source.names).toEqual(['x', 'y']);
    expect(source.fileNames).toEqual([
      'model.safetensors.index.json',
      'a.safetensors',
      'b.safetensors',
    ]);
    expect(await source.read('y')).toHaveLength(1);
    await source.close();
  });

  it.each([
    [{ weight_map: { x: '../a.safetensors' } }, /weight_map\.x is .*the file name of a shard/],
    [{ weight_map: { x: 'a.safetensors', z: 'a.safetensors' } }, /places z in a\.safetensors/],
    [{ weight_map: { x: 'none.safetensors' } }, /none\.safetensors cannot be read: there is no/],
    [{}, /weight_map is missing/],
    [
      {
        weight_map: Object.fromEntries([...Array(300).keys()].map((i) => [i, `${i}.safetensors`])),
      },
      /names 300 files; at most 256/,
    ],
  ])('refuses the index %j', async (index, message) => {
    await write('a.safetensors', safetensors({ x: entry('U8', [4], 0, 4) }, 4));
    await write('model.safetensors.index.json', index);
    await expect(openWeights(folder)).rejects.toThrow(message);
  });

  it.each([
    ['a header longer than the file', safetensors('{}', 0, 3), /fewer than its header of 3/],
    [
      'a header of any size',
      safetensors('{}', 0, 2 ** 52),
      /a header of 4503599627370496 bytes; at most 8388608/,
    ],
    ['text for JSON', safetensors('{"a"', 0), /The header of .* is not valid JSON/],
    ['text of several lines', safetensors('{\n\n1}', 0), /^[^\n]* is not valid JSON [^\n]*$/],
    [
      'lists in lists, a million deep',
      safetensors(`{"t":${'['.repeat(1e6)}${']'.repeat(1e6)}}`, 0),
      /t is nested too deeply to be shown; it must be a JSON object/,
    ],
    ['a list for a header', safetensors('[]', 0), /is \[\]; it must be a JSON object/],
    ['an unknown type', safetensors({ t: entry('F4', [1], 0, 1) }, 1), /t\.dtype is "F4"/],
    ['too few bytes', safetensors({ t: entry('F32', [2], 0, 7) }, 8), /8 bytes apart/],
    ['a negative axis', safetensors({ t: entry('F32', [-1], 0, 4) }, 8), /t\.shape is \[-1\]/],
    ['a fractional axis', safetensors({ t: entry('F32', [0.5], 0, 2) }, 8), /t\.shape is \[0\.5\]/],
    ['a huge shape', safetensors({ t: entry('U8', [2 ** 40, 2 ** 40], 0, 8) }, 8), /bytes apart/],
    ['nine axes', safetensors({ t: entry('U8', Array(9).fill(1), 0, 1) }, 1), /at most 8 sizes/],
    ['an end past the data', safetensors({ t: entry('U8', [9], 0, 9) }, 8), /cut short/],
    [
      'three offsets',
      safetensors({ t: { dtype: 'U8', shape: [1], data_offsets: [0, 1, 2] } }, 2),
      /a begin and an end/,
    ],
    [
      'overlapping tensors',
      safetensors({ a: entry('U8', [3], 0, 3), b: entry('U8', [3], 2, 5) }, 5),
      /the tensors a and b overlap/,
    ],
  ])('refuses %s', async (_, content, message) => {
    const opened = openWith(content);
    await expect(opened).rejects.toThrow(OperatorError);
    await expect(opened).rejects.toThrow(message);
  });

  it('opens integers but does not read them as weights', async () => {
    const source = await openWith(safetensors({ t: entry('I64', [1], 0, 8) }, 8));
    await expect(source.read('t')).rejects.toThrow(/t has the type I64; F32, F16 and BF16/);
    await source.close();
  });

  it('answers a file cut anywhere with an OperatorError', async () => {
    const whole = await readFile(join(FIXTURE, 'model.safetensors'));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        await expect(openWith(whole.subarray(0, length))).rejects.toThrow(OperatorError);
      }),
      { numRuns: 50 },
    );
  });

  it('answers any header with a source or an OperatorError', async () => {
    const sizes = fc.array(fc.oneof(fc.nat(9), fc.integer(), fc.double()), { maxLength: 3 });
    const dtype = fc.constantFrom('F32', 'F16', 'U8', 'BOOL', 'X');
    const entries = fc.dictionary(
      fc.string(),
      fc.oneof(fc.jsonValue(), fc.record({ dtype, shape: sizes, data_offsets: sizes })),
      { maxKeys: 3 },
    );
    await fc.assert(
      fc.asyncProperty(entries, async (header) => {
        try {
          await (await openWith(safetensors(header, 16))).close();
        } catch (error) {
          expect(error).toBeInstanceOf(OperatorError);
        }
      }),
    );
  });
});
