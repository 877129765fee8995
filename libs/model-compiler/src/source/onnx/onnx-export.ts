import { OperatorError } from '#libs/domain';
import {
  ELEMENT_BYTES,
  elementCount,
  type StoredTensor,
  type StoredType,
} from '../stored-tensor.js';
import { StoredWeights } from '../stored-weights.js';
import { type WeightFile, WeightFiles } from '../weight-file.js';
import type { WeightSource } from '../weight-source.js';
import { type OnnxTensor, readOnnxGraph } from './onnx-graph.js';
import { type MappedTensor, mapWeights } from './weight-map.js';

/** The two files of an export that hold all weights, by their names in the checkpoint's folder. */
export interface OnnxFiles {
  readonly encoder: string;
  readonly decoder: string;
}

/** `TensorProto.DataType`. */
const STORED_TYPES: ReadonlyMap<number, StoredType> = new Map([
  [1, 'F32'],
  [2, 'U8'],
  [3, 'I8'],
  [6, 'I32'],
  [7, 'I64'],
  [10, 'F16'],
  [11, 'F64'],
  [16, 'BF16'],
]);
/** A plain name: a graph cannot lead out of its folder. */
const EXTERNAL_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const WHOLE_NUMBER = /^\d{1,15}$/;
const MAX_COMPARED_BYTES = 64 * 1024;

type Fault = (what: string) => OperatorError;

/**
 * Opens the weights of an Optimum export: they lie in its encoder and its decoder, merged or not, and in the
 * external data of both.
 */
export async function openOnnxExport(
  folder: string,
  { encoder, decoder }: OnnxFiles,
): Promise<WeightSource> {
  const files = new WeightFiles(folder);
  try {
    const tensors = new Map([
      ...(await locateTensors(files, encoder, 'model.encoder.')),
      ...(await locateTensors(files, decoder, '')),
    ]);
    return new StoredWeights('onnx', files.names, tensors, files);
  } catch (error) {
    await files.close();
    throw error;
  }
}

async function locateTensors(
  files: WeightFiles,
  fileName: string,
  prefix: string,
): Promise<Map<string, StoredTensor>> {
  const file = await files.open(fileName);
  const fault: Fault = (what) =>
    new OperatorError(`${file.path} is no usable ONNX export: ${what}.`);
  const graph = await readOnnxGraph(file, fault);
  if (graph.quantizedBy !== undefined)
    throw fault(
      `it is quantised (${graph.quantizedBy}), and what its weights have lost cannot be restored; ` +
        'take the fp32 or fp16 export, or the checkpoint it was made from',
    );
  const located = new Map<string, StoredTensor>();
  for (const mapped of mapWeights(graph, prefix)) {
    const tensor = await locate(files, fileName, mapped, fault);
    const known = located.get(mapped.name);
    if (known === undefined) located.set(mapped.name, tensor);
    else if (!(await areEqual(known, tensor)))
      throw fault(`it has two different tensors for ${JSON.stringify(mapped.name)}`);
  }
  return located;
}

async function locate(
  files: WeightFiles,
  graphName: string,
  { tensor, transposed }: MappedTensor,
  fault: Fault,
): Promise<StoredTensor> {
  const type = STORED_TYPES.get(tensor.dataType);
  const bytes = elementCount(tensor.axes) * (type === undefined ? 0 : ELEMENT_BYTES[type]);
  if (type === undefined || !tensor.axes.every(Number.isSafeInteger))
    throw fault(`${describe(tensor)} has the data type ${tensor.dataType} or too large axes`);
  const { file, begin, length } = await findValues(files, graphName, tensor, fault);
  if (length !== bytes)
    throw fault(`${describe(tensor)} has ${length} bytes of values; its axes need ${bytes}`);
  const shape = transposed ? tensor.axes.toReversed() : tensor.axes;
  return { file, type, shape, begin, transposed };
}

interface Values {
  readonly file: WeightFile;
  readonly begin: number;
  readonly length: number;
}

async function findValues(
  files: WeightFiles,
  graphName: string,
  tensor: OnnxTensor,
  fault: Fault,
): Promise<Values> {
  const { inline, external } = tensor;
  if (inline !== undefined) {
    const length = inline.end - inline.begin;
    return { file: await files.open(graphName), begin: inline.begin, length };
  }
  if (external === undefined)
    throw fault(
      `${describe(tensor)} has no values, or has them one by one; raw or external ones are read`,
    );
  const location = external.get('location') ?? '';
  if (!EXTERNAL_NAME.test(location))
    throw fault(
      `the values of ${describe(tensor)} are in ${JSON.stringify(location)}; a file beside it is expected`,
    );
  const file = await files.open(graphName.replace(/[^/]*$/, location));
  const [begin, length] = ['offset', 'length'].map((key) => external.get(key));
  const from = parseSize(begin ?? '0', tensor, fault);
  const size = length === undefined ? file.size - from : parseSize(length, tensor, fault);
  if (Math.max(from, from + size) > file.size)
    throw fault(
      `the values of ${describe(tensor)} lie at bytes ${from} to ${from + size} of ${location}, which has ${file.size}`,
    );
  return { file, begin: from, length: size };
}

function parseSize(text: string, tensor: OnnxTensor, fault: Fault): number {
  if (!WHOLE_NUMBER.test(text))
    throw fault(`the values of ${describe(tensor)} have the place ${JSON.stringify(text)}`);
  return Number(text);
}

function describe({ name }: OnnxTensor): string {
  return `the tensor ${JSON.stringify(name)}`;
}

/** Whether two tensors are the same, or small and of the same values: exporters merge equal vectors. */
async function areEqual(a: StoredTensor, b: StoredTensor): Promise<boolean> {
  if (a.type !== b.type || a.shape.join() !== b.shape.join() || a.transposed !== b.transposed)
    return false;
  if (a.file === b.file && a.begin === b.begin) return true;
  const length = elementCount(a.shape) * ELEMENT_BYTES[a.type];
  if (length > MAX_COMPARED_BYTES) return false;
  const [left, right] = [Buffer.alloc(length), Buffer.alloc(length)];
  await a.file.fill(left, a.begin);
  await b.file.fill(right, b.begin);
  return left.equals(right);
}
