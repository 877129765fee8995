import { ProtobufWriter } from './protobuf-writer.js';

/** `TensorProto.DataType`. */
export const ELEMENT_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
} as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
};

/** Where the bytes of a tensor are: in the graph, or in a file beside it. */
type TensorData =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'external';
      readonly fileName: string;
      readonly offset: number;
      readonly bytes: number;
    };

export interface Initializer {
  readonly name: string;
  readonly type: ElementType;
  readonly axes: readonly number[];
  readonly data: TensorData;
}

/** An input or output of the graph; a named axis is known at run time only. */
export interface GraphValue {
  readonly name: string;
  readonly type: ElementType;
  readonly axes: readonly (number | string)[];
}

/** The values that node attributes take here: numbers are int64, `{ float }` is float32. */
export type AttributeValue =
  | number
  | readonly number[]
  | { readonly float: number }
  | { readonly tensor: Initializer }
  | { readonly graph: Graph };

export interface GraphNode {
  readonly operator: string;
  /** `''` is onnx's own operator set. */
  readonly domain: '' | 'com.microsoft';
  /** `''` leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
}

const IR_VERSION = 10;
const OPERATOR_SETS = [
  { domain: '', version: 21 },
  { domain: 'com.microsoft', version: 1 },
];
/** `AttributeProto.AttributeType`. */
const ATTRIBUTE_TYPES = { float: 1, integer: 2, tensor: 4, graph: 5, integers: 7 } as const;
/** `TensorProto.DataLocation.EXTERNAL`. */
const EXTERNAL = 1;

/**
 * The bytes of an ONNX model file. Field numbers are those of `onnx.proto`; fields are written in rising
 * order, as protobuf's own serializers do.
 *
 * Source: onnx/onnx 1.17, `onnx/onnx.proto`.
 */
export function encodeModel(graph: Graph): Uint8Array {
  const model = new ProtobufWriter()
    .integer(1, IR_VERSION)
    .string(2, 'babelserve')
    .message(7, encodeGraph(graph));
  for (const { domain, version } of OPERATOR_SETS)
    model.message(8, new ProtobufWriter().string(1, domain).integer(2, version));
  return model.finish();
}

function encodeGraph(graph: Graph): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const node of graph.nodes) writer.message(1, encodeNode(node));
  writer.string(2, graph.name);
  for (const tensor of graph.initializers) writer.message(5, encodeTensor(tensor));
  for (const value of graph.inputs) writer.message(11, encodeValue(value));
  for (const value of graph.outputs) writer.message(12, encodeValue(value));
  return writer;
}

function encodeNode(node: GraphNode): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const input of node.inputs) writer.string(1, input);
  for (const output of node.outputs) writer.string(2, output);
  writer.string(4, node.operator);
  for (const [name, value] of Object.entries(node.attributes))
    writer.message(5, encodeAttribute(name, value));
  if (node.domain !== '') writer.string(7, node.domain);
  return writer;
}

function encodeAttribute(name: string, value: AttributeValue): ProtobufWriter {
  const writer = new ProtobufWriter().string(1, name);
  const type = (code: number): ProtobufWriter => writer.integer(20, code);
  if (typeof value === 'number') {
    writer.integer(3, value);
    return type(ATTRIBUTE_TYPES.integer);
  }
  if ('float' in value) {
    writer.float(2, value.float);
    return type(ATTRIBUTE_TYPES.float);
  }
  if ('tensor' in value) {
    writer.message(5, encodeTensor(value.tensor));
    return type(ATTRIBUTE_TYPES.tensor);
  }
  if ('graph' in value) {
    writer.message(6, encodeGraph(value.graph));
    return type(ATTRIBUTE_TYPES.graph);
  }
  writer.integers(8, value);
  return type(ATTRIBUTE_TYPES.integers);
}

function encodeTensor(tensor: Initializer): ProtobufWriter {
  const writer = new ProtobufWriter()
    .integers(1, tensor.axes)
    .integer(2, ELEMENT_TYPES[tensor.type])
    .string(8, tensor.name);
  const { data } = tensor;
  if (data.kind === 'inline') return writer.bytes(9, data.bytes);
  const entries = { location: data.fileName, offset: data.offset, length: data.bytes };
  for (const [key, value] of Object.entries(entries))
    writer.message(13, new ProtobufWriter().string(1, key).string(2, String(value)));
  return writer.integer(14, EXTERNAL);
}

function encodeValue(value: GraphValue): ProtobufWriter {
  const shape = new ProtobufWriter();
  for (const axis of value.axes) {
    const dimension = new ProtobufWriter();
    if (typeof axis === 'number') dimension.integer(1, axis);
    else dimension.string(2, axis);
    shape.message(1, dimension);
  }
  const tensor = new ProtobufWriter().integer(1, ELEMENT_TYPES[value.type]).message(2, shape);
  return new ProtobufWriter()
    .string(1, value.name)
    .message(2, new ProtobufWriter().message(1, tensor));
}
