import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import {
  field,
  onnxGraph,
  onnxModel,
  type TestGraph,
  type TestNode,
  type TestTensor,
} from '../../../../../test/support/onnx-file.js';
import { openWeights } from '../open-weights.js';
import type { WeightSource } from '../weight-source.js';

const FLOAT16 = 10;
const BIAS = 'model.decoder.layers.0.fc1.bias';
const MIB = 1024 * 1024;
/** The reader has a window of 64 KiB, and names of 20,000 tensors at most. */
const MAX_GROWTH_MIB = 64;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnx-'));
});
afterEach(() => rm(folder, { recursive: true }));

function floats(...values: number[]): Buffer {
  return Buffer.from(Float32Array.from(values).buffer);
}

async function openDecoder(
  decoder: TestGraph | Uint8Array,
  encoder: TestGraph = {},
): Promise<WeightSource> {
  await writeFile(join(folder, 'encoder_model.onnx'), onnxModel(encoder));
  const bytes = decoder instanceof Uint8Array ? decoder : onnxModel(decoder);
  await writeFile(join(folder, 'decoder_model.onnx'), bytes);
  return openWeights(folder);
}

/** The tensors of the decoder with their values. */
async function read(decoder: TestGraph): Promise<Record<string, unknown>> {
  const source = await openDecoder(decoder);
  const values: Record<string, unknown> = {};
  for (const name of source.names)
    values[name] = { shape: source.shape(name), values: [...(await source.read(name))] };
  await source.close();
  return values;
}

async function expectRefusal(decoder: TestGraph | Uint8Array, message: RegExp): Promise<void> {
  const before = process.memoryUsage().rss;
  const error: unknown = await openDecoder(decoder).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const growth = process.memoryUsage().rss - before;
  expect(error).toBeInstanceOf(OperatorError);
  expect(String(error)).toMatch(message);
  expect(String(error).split('\n')).toHaveLength(1);
  expect(growth / MIB).toBeLessThan(MAX_GROWTH_MIB);
}

function bias(tensor: Partial<TestTensor>): TestGraph {
  return { tensors: [{ name: BIAS, axes: [2], ...tensor }] };
}

describe('an ONNX export', () => {
  it('gives linear weights as checkpoints have them: by the path of their node, transposed', async () => {
    const decoder: TestGraph = {
      nodes: [
        { operator: 'MatMul', name: '/model/decoder/layers.0/fc1/MatMul', inputs: ['x', 'a::1'] },
        {
          operator: 'MatMul',
          name: '/model/decoder/layers.0/self_attn/MatMul',
          inputs: ['x', 'y'],
        },
      ],
      tensors: [
        { name: 'a::1', axes: [2, 3], raw: floats(1, 2, 3, 4, 5, 6) },
        { name: BIAS, axes: [3], raw: floats(7, 8, 9) },
      ],
    };
    expect(await read(decoder)).toEqual({
      'model.decoder.layers.0.fc1.weight': { shape: [3, 2], values: [1, 4, 2, 5, 3, 6] },
      [BIAS]: { shape: [3], values: [7, 8, 9] },
    });
  });

  it('gives the names of an encoder that was exported by itself', async () => {
    const tensors = [{ name: 'layer_norm.bias', axes: [1], raw: floats(1) }];
    const nodes = [{ operator: 'MatMul', name: '/layers.1/fc2/MatMul', inputs: ['x', 'm'] }];
    const matrix = { name: 'm', axes: [1, 1], raw: floats(2) };
    const source = await openDecoder({}, { nodes, tensors: [...tensors, matrix] });
    expect(source.names).toEqual([
      'model.encoder.layers.1.fc2.weight',
      'model.encoder.layer_norm.bias',
    ]);
    await source.close();
  });

  it('follows Identity nodes, in subgraphs too, and the suffix of merged decoders', async () => {
    const nodes: TestNode[] = [
      { operator: 'Identity', inputs: ['shared_merged_0'], output: `${BIAS}_merged_1` },
      { operator: 'MatMul', name: '/lm_head/MatMul', inputs: ['x', 'renamed'] },
      { operator: 'Identity', inputs: ['again'], output: 'renamed' },
      { operator: 'Identity', inputs: ['m_merged_0'], output: 'again' },
    ];
    const decoder: TestGraph = {
      nodes: [{ operator: 'If', graphs: [onnxGraph({ nodes }), onnxGraph({ nodes })] }],
      tensors: [
        { name: 'shared_merged_0', axes: [1], raw: floats(3) },
        { name: 'm_merged_0', axes: [1, 2], raw: floats(4, 5) },
      ],
    };
    expect(await read(decoder)).toEqual({
      'lm_head.weight': { shape: [2, 1], values: [4, 5] },
      [BIAS]: { shape: [1], values: [3] },
    });
  });

  it('takes either of two tensors with the same values for a name, and no other two', async () => {
    const named = (second: number): TestGraph => ({
      tensors: [
        { name: `${BIAS}_merged_0`, axes: [1], raw: floats(3) },
        { name: `${BIAS}_merged_1`, axes: [1], raw: floats(second) },
      ],
    });
    expect(await read(named(3))).toEqual({ [BIAS]: { shape: [1], values: [3] } });
    await expectRefusal(
      named(4),
      /two different tensors for "model\.decoder\.layers\.0\.fc1\.bias"/,
    );
  });

  it('reads packed floats, float16 and a file beside it from any offset', async () => {
    expect(await read(bias({ floats: floats(1, 2) }))).toMatchObject({
      [BIAS]: { values: [1, 2] },
    });
    const halves = Buffer.from(Uint16Array.of(0x3c00, 0xc000).buffer);
    expect(await read(bias({ raw: halves, dataType: FLOAT16 }))).toMatchObject({
      [BIAS]: { values: [1, -2] },
    });
    await writeFile(join(folder, 'w.data'), floats(0, 5, 6));
    const placed = { location: 'w.data', offset: '4', length: '8' };
    expect(await read(bias({ external: placed }))).toMatchObject({ [BIAS]: { values: [5, 6] } });
    const toTheEnd = { location: 'w.data', offset: '4' };
    expect(await read(bias({ external: toTheEnd }))).toMatchObject({ [BIAS]: { values: [5, 6] } });
  });

  it.each<[string, readonly string[], RegExp]>([
    ['quantised', ['encoder_model_quantized.onnx', 'decoder_model_int8.onnx'], /or quantised ONNX/],
    ['without a decoder', ['encoder_model.onnx'], /incomplete .*\(encoder_model\.onnx\)/],
    [
      'without the first step',
      ['encoder_model.onnx', 'decoder_with_past_model.onnx'],
      /incomplete .*decoder_model\.onnx or decoder_model_merged\.onnx is needed/,
    ],
    ['in its folder, quantised', ['onnx/encoder_model_uint8.onnx'], /\(onnx\/encoder_model_uint8/],
    [
      'not there',
      ['model.onnx'],
      /holds no weights\. One of model\.safetensors, pytorch_model\.bin/,
    ],
  ])('is refused where it is %s', async (_, names, message) => {
    await mkdir(join(folder, 'onnx'));
    for (const name of names) await writeFile(join(folder, name), onnxModel({}));
    await expect(openWeights(folder)).rejects.toThrow(message);
  });

  it.each(['MatMulInteger', 'DequantizeLinear', 'MatMulNBits'])(
    'is refused where %s says that it is quantised',
    async (operator) => {
      const graph = onnxGraph({ nodes: [{ operator }] });
      await expectRefusal(
        { nodes: [{ operator: 'If', graphs: [graph] }] },
        new RegExp(`it is quantised \\(${operator}\\).* take the fp32 or fp16 export`),
      );
    },
  );

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['missing', { location: 'none.data' }, /none\.data cannot be read: there is no such file/],
    ['outside', { location: '../w.data' }, /are in "\.\.\/w\.data"; a file beside it is expected/],
    ['absolute', { location: '/etc/passwd' }, /are in "\/etc\/passwd"; a file beside it/],
    ['hidden', { location: '.w.data' }, /are in "\.w\.data"; a file beside it/],
    ['without a name', { offset: '0' }, /are in ""; a file beside it/],
    ['a folder', { location: 'onnx' }, /onnx cannot be read: it is a folder/],
    ['too short', { location: 'w.data', length: '8' }, /bytes 0 to 8 of w\.data, which has 4/],
    ['past the end', { location: 'w.data', offset: '16' }, /bytes 16 to 4 of w\.data, which has 4/],
    ['far past the end', { location: 'w.data', offset: '999999999999999' }, /which has 4/],
    ['at no number', { location: 'w.data', offset: '-4' }, /have the place "-4"/],
    ['of another length', { location: 'w.data', length: '4' }, /has 4 bytes .* need 8/],
  ])('is refused where its external data is %s', async (_, external, message) => {
    await mkdir(join(folder, 'onnx'));
    await writeFile(join(folder, 'w.data'), floats(1));
    await expectRefusal(bias({ external }), message);
  });
});

describe('an ONNX file', () => {
  const deep = (depth: number): Buffer =>
    depth === 0
      ? onnxGraph({})
      : onnxGraph({ nodes: [{ operator: 'If', graphs: [deep(depth - 1)] }] });
  const manyNodes = (operator: string, count: number): Buffer =>
    field(7, Buffer.concat(Array<Buffer>(count).fill(field(1, field(4, operator)))));

  it.each<[string, TestGraph | Uint8Array, RegExp]>([
    ['is something else', Buffer.from('<!DOCTYPE html>'), /is no usable ONNX export: /],
    ['is empty', Buffer.alloc(0), /has 0 graphs; a model has one/],
    ['is cut short', onnxModel(bias({ raw: floats(1, 2) })).subarray(0, -1), /needs \d+ bytes and/],
    ['has two graphs', Buffer.concat([onnxModel({}), onnxModel({})]), /has 2 graphs/],
    ['has graphs in graphs', field(7, deep(9)), /nested more than 4 deep/],
    [
      'has a tensor twice',
      { tensors: [0, 1].map(() => bias({}).tensors![0]!) },
      /two tensors of the/,
    ],
    ['has a tensor without values', bias({}), /has no values, or has them one by one/],
    ['has too few values', bias({ raw: floats(1) }), /has 4 bytes of values; its axes need 8/],
    ['has text for weights', bias({ raw: floats(1, 2), dataType: 8 }), /has the data type 8/],
    ['has huge axes', bias({ axes: [2 ** 60, 2 ** 60], raw: floats(1) }), /or too large axes/],
    ['has nine axes', bias({ axes: Array<number>(9).fill(1) }), /more than 8 axes/],
    ['has a long name', bias({ name: 'x'.repeat(600) }), /a name takes 600 bytes; at most 512/],
    ['has a number for a name', field(7, field(5, field(8, 1))), /is a number where a text/],
    ['has millions of nodes', manyNodes('Add', 500_001), /has more than 1000000 fields/],
    ['has thousands of weights', manyNodes('MatMul', 20_001), /more than 20000 weights/],
    [
      'has thousands of inputs',
      field(7, field(1, Buffer.concat(Array<Buffer>(1025).fill(field(1, 'x'))))),
      /more than 1024 inputs/,
    ],
  ])('is refused where it %s', async (_, decoder, message) => {
    await expectRefusal(decoder, message);
  });

  it('is opened in spite of Identity nodes in a circle', async () => {
    const nodes = [
      { operator: 'Identity', inputs: ['b.bias'], output: 'a.bias' },
      { operator: 'Identity', inputs: ['a.bias'], output: 'b.bias' },
    ];
    expect(await read({ nodes })).toEqual({});
  });
});
