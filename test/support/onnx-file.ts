/** ONNX files for the tests, field by field: https://github.com/onnx/onnx/blob/v1.17.0/onnx/onnx.proto */

export interface TestTensor {
  readonly name: string;
  readonly axes: readonly number[];
  /** `TensorProto.DataType`; 1 is float, 10 float16. */
  readonly dataType?: number;
  readonly raw?: Uint8Array;
  /** `float_data`, packed. */
  readonly floats?: Uint8Array;
  readonly external?: Readonly<Record<string, string>>;
}

export interface TestNode {
  readonly operator: string;
  readonly name?: string;
  readonly inputs?: readonly string[];
  readonly output?: string;
  /** Graphs in attributes, such as the branches of an `If`. */
  readonly graphs?: readonly Uint8Array[];
}

export interface TestGraph {
  readonly nodes?: readonly TestNode[];
  readonly tensors?: readonly TestTensor[];
}

export function onnxModel(graph: TestGraph): Buffer {
  return Buffer.concat([field(1, 8), field(2, 'test'), field(7, onnxGraph(graph))]);
}

export function onnxGraph({ nodes = [], tensors = [] }: TestGraph): Buffer {
  return Buffer.concat([
    ...nodes.map((node) => field(1, encodeNode(node))),
    ...tensors.map((tensor) => field(5, encodeTensor(tensor))),
  ]);
}

/** A field of a message: a number as a varint, all else by its length. */
export function field(number: number, value: number | string | Uint8Array): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(8 * number), varint(value)]);
  const payload = Buffer.from(value);
  return Buffer.concat([varint(8 * number + 2), varint(payload.length), payload]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

function encodeNode({ operator, name, inputs = [], output, graphs = [] }: TestNode): Buffer {
  const attribute = (graph: Uint8Array, i: number): Buffer =>
    field(5, Buffer.concat([field(1, `branch_${i}`), field(6, graph), field(20, 5)]));
  return Buffer.concat([
    ...inputs.map((input) => field(1, input)),
    ...(output === undefined ? [] : [field(2, output)]),
    ...(name === undefined ? [] : [field(3, name)]),
    field(4, operator),
    ...graphs.map(attribute),
  ]);
}

function encodeTensor({ name, axes, dataType = 1, raw, floats, external }: TestTensor): Buffer {
  const entry = ([key, value]: [string, string]): Buffer =>
    field(13, Buffer.concat([field(1, key), field(2, value)]));
  return Buffer.concat([
    ...axes.map((axis) => field(1, axis)),
    field(2, dataType),
    ...(floats === undefined ? [] : [field(4, floats)]),
    field(8, name),
    ...(raw === undefined ? [] : [field(9, raw)]),
    ...(external === undefined ? [] : [...Object.entries(external).map(entry), field(14, 1)]),
  ]);
}
