import type { OperatorError } from '#libs/domain';
import { MAX_AXES } from '../stored-tensor.js';
import type { WeightFile } from '../weight-file.js';
import { type ByteRange, type ProtobufField, ProtobufFileReader } from './protobuf-file-reader.js';

/** A tensor of the file, as it describes itself. */
export interface OnnxTensor {
  readonly name: string;
  readonly axes: readonly number[];
  /** `TensorProto.DataType`. */
  readonly dataType: number;
  /** The values in the file itself, where they lie there as they are in memory. */
  readonly inline?: ByteRange;
  /** `location`, `offset` and `length`, where the values lie in a file beside it. */
  readonly external?: ReadonlyMap<string, string>;
}

/** What an export tells about where its weights are. Subgraphs are part of it. */
export interface OnnxGraph {
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  /** The products by a matrix: the node's name and the name of the matrix. */
  readonly products: readonly NodeInput[];
  /** The second names that Identity nodes give: an output and what it is the same as. */
  readonly identities: readonly NodeInput[];
  /** An operator that only quantised exports have. */
  readonly quantizedBy?: string;
}

export interface NodeInput {
  readonly name: string;
  readonly input: string;
}

type Fault = (what: string) => OperatorError;

const MAX_NAME_BYTES = 512;
/** Tensors and nodes that are kept: the largest exports of this family have some two thousand. */
const MAX_KEPT = 20_000;
/** Graphs inside graphs: exports of this family have one `If`. */
const MAX_GRAPH_DEPTH = 4;
const MAX_NODE_INPUTS = 1024;
/** `TensorProto.DataType.FLOAT`. */
const FLOAT = 1;
/** `TensorProto.DataLocation.EXTERNAL`. */
const EXTERNAL = 1;
const PLACE_KEYS = new Set(['location', 'offset', 'length']);
const QUANTIZED_OPERATORS = new Set([
  'DequantizeLinear',
  'DynamicQuantizeLinear',
  'DynamicQuantizeMatMul',
  'MatMulBnb4',
  'MatMulInteger',
  'MatMulIntegerToFloat',
  'MatMulNBits',
  'QAttention',
  'QLinearMatMul',
  'QuantizeLinear',
]);

/**
 * Reads what an ONNX file says about its weights. The values of its tensors are only located.
 *
 * Source: onnx/onnx 1.17, `onnx/onnx.proto`, for the field numbers.
 */
export async function readOnnxGraph(file: WeightFile, fault: Fault): Promise<OnnxGraph> {
  const walk = new GraphWalk(file, fault);
  return walk.model();
}

class GraphWalk {
  readonly #reader: ProtobufFileReader;
  readonly #initializers = new Map<string, OnnxTensor>();
  readonly #products: NodeInput[] = [];
  readonly #identities: NodeInput[] = [];
  #quantizedBy: string | undefined;

  constructor(
    file: WeightFile,
    private readonly fault: Fault,
  ) {
    this.#reader = new ProtobufFileReader(file, fault);
  }

  async model(): Promise<OnnxGraph> {
    let graphs = 0;
    for await (const { number, payload } of this.#reader.fields()) {
      if (number !== 7 || payload === undefined) continue;
      graphs++;
      await this.#graph(payload, 1);
    }
    if (graphs !== 1) throw this.fault(`it has ${graphs} graphs; a model has one`);
    return {
      initializers: this.#initializers,
      products: this.#products,
      identities: this.#identities,
      ...(this.#quantizedBy === undefined ? {} : { quantizedBy: this.#quantizedBy }),
    };
  }

  async #graph(range: ByteRange, depth: number): Promise<void> {
    if (depth > MAX_GRAPH_DEPTH)
      throw this.fault(`its graphs are nested more than ${MAX_GRAPH_DEPTH} deep`);
    for await (const { number, payload } of this.#reader.fields(range)) {
      if (payload === undefined) continue;
      if (number === 1) await this.#node(payload, depth);
      else if (number === 5) await this.#initializer(payload);
    }
  }

  async #node(range: ByteRange, depth: number): Promise<void> {
    const inputs: string[] = [];
    let [output, name, operator] = ['', '', ''];
    for await (const field of this.#reader.fields(range)) {
      if (field.number === 1) inputs.push(await this.#name(field));
      else if (field.number === 2) output ||= await this.#name(field);
      else if (field.number === 3) name = await this.#name(field);
      else if (field.number === 4) operator = await this.#name(field);
      else if (field.number === 5) await this.#attribute(field, depth);
      if (inputs.length > MAX_NODE_INPUTS)
        throw this.fault(`a node has more than ${MAX_NODE_INPUTS} inputs`);
    }
    const [first = '', second = ''] = inputs;
    if (operator === 'MatMul') this.#products.push({ name, input: second });
    if (operator === 'Identity') this.#identities.push({ name: output, input: first });
    if (QUANTIZED_OPERATORS.has(operator)) this.#quantizedBy = operator;
    this.#bound();
  }

  async #attribute({ payload }: ProtobufField, depth: number): Promise<void> {
    if (payload === undefined) throw this.fault('an attribute of a node is a number');
    for await (const { number, payload: graph } of this.#reader.fields(payload))
      if ((number === 6 || number === 11) && graph !== undefined)
        await this.#graph(graph, depth + 1);
  }

  async #initializer(range: ByteRange): Promise<void> {
    const tensor = await this.#tensor(range);
    if (this.#initializers.has(tensor.name))
      throw this.fault(`it has two tensors of the name ${JSON.stringify(tensor.name)}`);
    this.#initializers.set(tensor.name, tensor);
    this.#bound();
  }

  async #tensor(range: ByteRange): Promise<OnnxTensor> {
    const axes: number[] = [];
    const external = new Map<string, string>();
    let [name, dataType, isExternal] = ['', 0, false];
    let raw: ByteRange | undefined;
    let floats: ByteRange | undefined;
    for await (const field of this.#reader.fields(range)) {
      const { number, varint = 0, payload } = field;
      if (number === 1) axes.push(...(await this.#reader.varints(field, MAX_AXES)));
      else if (number === 2) dataType = varint;
      else if (number === 4) floats = payload;
      else if (number === 8) name = await this.#name(field);
      else if (number === 9) raw = payload;
      else if (number === 13) await this.#place(field, external);
      else if (number === 14) isExternal = varint === EXTERNAL;
      if (axes.length > MAX_AXES) throw this.fault(`a tensor has more than ${MAX_AXES} axes`);
    }
    // Packed floats lie in the file as in memory.
    const inline = raw ?? (dataType === FLOAT ? floats : undefined);
    const place = isExternal ? { external } : inline === undefined ? {} : { inline };
    return { name, axes, dataType, ...place };
  }

  /** Keeps one entry of external data, a `StringStringEntryProto`. */
  async #place({ payload }: ProtobufField, external: Map<string, string>): Promise<void> {
    if (payload === undefined) throw this.fault('an entry of external data is a number');
    let [key, value] = ['', ''];
    for await (const field of this.#reader.fields(payload)) {
      if (field.number === 1) key = await this.#name(field);
      else if (field.number === 2) value = await this.#name(field);
    }
    if (PLACE_KEYS.has(key)) external.set(key, value);
  }

  #name(field: ProtobufField): Promise<string> {
    return this.#reader.text(field, MAX_NAME_BYTES);
  }

  #bound(): void {
    const kept = this.#initializers.size + this.#products.length + this.#identities.length;
    if (kept > MAX_KEPT)
      throw this.fault(`it has more than ${MAX_KEPT} weights, products and identities`);
  }
}
