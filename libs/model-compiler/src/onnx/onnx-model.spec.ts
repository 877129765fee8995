import { describe, expect, it } from 'vitest';
import { encodeModel, type Graph, type Initializer } from './onnx-model.js';

const axes: Initializer = {
  name: 'axes',
  type: 'int64',
  axes: [2],
  data: { kind: 'inline', bytes: new Uint8Array(BigInt64Array.of(-1n, 300n).buffer) },
};

const graph: Graph = {
  name: 'graph',
  nodes: [
    {
      operator: 'Op',
      domain: '',
      inputs: ['x', '', 'weight'],
      outputs: ['y'],
      attributes: {
        axis: -1,
        epsilon: { float: 1e-5 },
        perm: [0, 2, 1],
        value: { tensor: axes },
      },
    },
    {
      operator: 'FusedMatMul',
      domain: 'com.microsoft',
      inputs: ['y', 'axes'],
      outputs: ['z'],
      attributes: {},
    },
  ],
  initializers: [
    axes,
    {
      name: 'weight',
      type: 'int8',
      axes: [300, 7],
      data: { kind: 'external', fileName: 'weights.data', offset: 4096, bytes: 2100 },
    },
  ],
  inputs: [{ name: 'x', type: 'float32', axes: ['R', 4] }],
  outputs: [{ name: 'z', type: 'int32', axes: [1, 'K'] }],
};

/** The same model out of the Python package onnx 1.23.2, `ModelProto.SerializeToString(deterministic=True)`. */
const FROM_PYTHON =
  '080a120a626162656c73657276653ac2020a780a01780a000a0677656967687412017922024f702a140a04617869' +
  '7318ffffffffffffffffff01a001022a110a07657073696c6f6e15acc52737a001012a0f0a047065726d40004002' +
  '4001a001072a280a0576616c75652a1c080210074204617865734a10ffffffffffffffff2c01000000000000a001' +
  '040a280a01790a046178657312017a220b46757365644d61744d756c3a0d636f6d2e6d6963726f736f6674120567' +
  '726170682a1c080210074204617865734a10ffffffffffffffff2c010000000000002a4b08ac0208071003420677' +
  '65696768746a180a086c6f636174696f6e120c776569676874732e646174616a0e0a066f66667365741204343039' +
  '366a0e0a066c656e67746812043231303070015a140a0178120f0a0d080112090a031201520a02080462140a017a' +
  '120f0a0d080612090a0208010a0312014b42040a00101542110a0d636f6d2e6d6963726f736f66741001';

describe('encodeModel', () => {
  it('writes the bytes that the onnx package writes', () => {
    expect(Buffer.from(encodeModel(graph)).toString('hex')).toBe(FROM_PYTHON);
  });
});
