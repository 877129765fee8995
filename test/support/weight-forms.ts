import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint } from '#libs/model-compiler';
import { onnxGraph, onnxModel, type TestNode, type TestTensor } from './onnx-file.js';
import { pickle, pickleView, torchFile } from './torch-file.js';

/** The same weights in the forms that checkpoints come in, beside those that real programs have written. */
export interface NamedWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export type Half = 'F16' | 'BF16';

export interface OnnxForm {
  /** `onnx/` or `''`. */
  readonly subfolder?: string;
  /** In float16, under the names that such exports have. */
  readonly half?: boolean;
  /** Values in `<file>_data`. */
  readonly external?: boolean;
  /** The output projection is the embedding, transposed by a node. */
  readonly sharedHead?: boolean;
  readonly merged?: boolean;
}

const EMBEDDING = 'model.shared.weight';
const OTHER_FILES = [
  'config.json',
  'generation_config.json',
  'sentencepiece.bpe.model',
  'vocab.json',
];
const FLOAT = 1;
const FLOAT16 = 10;

/** A folder with all of a checkpoint but its weights. */
export async function copyWithoutWeights(source: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of OTHER_FILES) await copyFile(join(source, name), join(folder, name));
}

export async function readWeights(folder: string): Promise<NamedWeight[]> {
  const { weights } = await openCheckpoint(folder);
  try {
    const all: NamedWeight[] = [];
    for (const name of weights.names)
      all.push({ name, shape: weights.shape(name)!, values: await weights.read(name) });
    return all;
  } finally {
    await weights.close();
  }
}

/** `model.safetensors`, in one of the half formats or float32. */
export async function writeSafetensors(
  folder: string,
  weights: readonly NamedWeight[],
  type: Half | 'F32' = 'F32',
): Promise<void> {
  const header: Record<string, unknown> = {};
  const data: Uint8Array[] = [];
  let end = 0;
  for (const { name, shape, values } of weights) {
    const bytes = encode(values, type);
    header[name] = { dtype: type, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
    data.push(bytes);
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await writeFile(join(folder, 'model.safetensors'), Buffer.concat([length, json, ...data]));
}

/** `pytorch_model.bin`, or two shards and their index. */
export async function writeTorch(
  folder: string,
  weights: readonly NamedWeight[],
  { type = 'F32', sharded = false }: { type?: Half | 'F32'; sharded?: boolean } = {},
): Promise<void> {
  if (!sharded) {
    await writeFile(join(folder, 'pytorch_model.bin'), encodeTorch(weights, type));
    return;
  }
  const middle = weights.length >> 1;
  const weightMap: Record<string, string> = {};
  for (const [i, shard] of [weights.slice(0, middle), weights.slice(middle)].entries()) {
    const fileName = `pytorch_model-0000${i + 1}-of-00002.bin`;
    await writeFile(join(folder, fileName), encodeTorch(shard, type));
    for (const { name } of shard) weightMap[name] = fileName;
  }
  const index = JSON.stringify({ metadata: {}, weight_map: weightMap });
  await writeFile(join(folder, 'pytorch_model.bin.index.json'), index);
}

/** The encoder and the decoder as Optimum exports them: the nodes that tell where the weights are. */
export async function writeOnnx(
  folder: string,
  weights: readonly NamedWeight[],
  form: OnnxForm = {},
): Promise<void> {
  const { subfolder = '', half = false, merged = false, sharedHead = false } = form;
  await mkdir(join(folder, subfolder), { recursive: true });
  const embedding = weights.find(({ name }) => name === EMBEDDING)!;
  const encoder = weights
    .filter(({ name }) => name.startsWith('model.encoder.'))
    .map((weight) => ({ ...weight, name: weight.name.replace('model.encoder.', '') }));
  const decoder = weights.filter(({ name }) => name.startsWith('model.decoder.'));
  const head = { ...embedding, name: 'lm_head.weight' };
  const suffix = half ? '_fp16' : '';
  const write = async (name: string, graph: TracedGraph): Promise<void> => {
    const fileName = `${name}${suffix}.onnx`;
    const external = form.external === true ? `${fileName}_data` : undefined;
    const { model, data } = placeValues(graph, half, external, merged && name !== 'encoder_model');
    await writeFile(join(folder, subfolder, fileName), model);
    if (external !== undefined) await writeFile(join(folder, subfolder, external), data);
  };
  await write('encoder_model', trace([...encoder, { ...embedding, name: 'embed_tokens.weight' }]));
  await write(
    merged ? 'decoder_model_merged' : 'decoder_model',
    trace([...decoder, embedding, ...(sharedHead ? [] : [head])], sharedHead),
  );
}

interface TracedGraph {
  readonly nodes: TestNode[];
  readonly tensors: NamedWeight[];
}

/** Matrices of linear layers lose their names and are transposed; a vector gets its name from an Identity. */
function trace(weights: readonly NamedWeight[], sharedHead = false): TracedGraph {
  const graph: TracedGraph = { nodes: [], tensors: [] };
  for (const [i, { name, shape, values }] of weights.entries()) {
    const isEmbedding = name === EMBEDDING || name === 'embed_tokens.weight';
    if (shape.length === 2 && !isEmbedding) {
      const input = `onnx::MatMul_${700 + i}`;
      const path = name.replace(/\.weight$/, '').replace(/\.(?!\d)/g, '/');
      graph.nodes.push({ operator: 'MatMul', name: `/${path}/MatMul`, inputs: ['x', input] });
      graph.tensors.push({ name: input, ...transpose(shape, values) });
    } else if (i === 0) {
      graph.nodes.push({ operator: 'Identity', inputs: ['first'], output: name });
      graph.tensors.push({ name: 'first', shape, values });
    } else graph.tensors.push({ name, shape, values });
  }
  if (sharedHead)
    graph.nodes.push(
      { operator: 'Transpose', inputs: [EMBEDDING], output: `${EMBEDDING}_transposed` },
      { operator: 'MatMul', name: '/lm_head/MatMul', inputs: ['x', `${EMBEDDING}_transposed`] },
    );
  return graph;
}

function placeValues(
  { nodes, tensors }: TracedGraph,
  half: boolean,
  external: string | undefined,
  merged: boolean,
): { model: Buffer; data: Buffer } {
  const data: Buffer[] = [];
  let offset = 0;
  const suffix = merged ? '_merged_0' : '';
  const placed = tensors.map(({ name, shape, values }): TestTensor => {
    const raw = encode(values, half ? 'F16' : 'F32');
    const tensor = { name: name + suffix, axes: shape, dataType: half ? FLOAT16 : FLOAT };
    if (external === undefined) return { ...tensor, raw };
    const place = { location: external, offset: String(offset), length: String(raw.length) };
    data.push(raw);
    offset += raw.length;
    return { ...tensor, external: place };
  });
  if (!merged) return { model: onnxModel({ nodes, tensors: placed }), data: Buffer.concat(data) };
  const rename = (input: string): string => (input === 'x' ? input : input + suffix);
  const renamed = nodes.map((node) => ({ ...node, inputs: (node.inputs ?? []).map(rename) }));
  const firstStep = onnxGraph({ nodes: renamed });
  // Later steps take the encoder's keys and values as inputs.
  const laterSteps = onnxGraph({
    nodes: renamed.filter(({ name = '' }) => !/encoder_attn\/[kv]_proj/.test(name)),
  });
  const branches = [{ operator: 'If', name: 'optimum::if', graphs: [firstStep, laterSteps] }];
  return { model: onnxModel({ nodes: branches, tensors: placed }), data: Buffer.concat(data) };
}

function transpose(shape: readonly number[], values: Float32Array) {
  const [rows = 0, columns = 0] = shape;
  const transposed = values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
  return { shape: [columns, rows], values: transposed };
}

const STORAGE_CLASSES = { F32: 'FloatStorage', F16: 'HalfStorage', BF16: 'BFloat16Storage' };

function encodeTorch(weights: readonly NamedWeight[], type: Half | 'F32'): Buffer {
  const storages: Record<string, Uint8Array> = {};
  const entries = weights.map(({ name, shape, values }, i) => {
    storages[i] = encode(values, type);
    const view = {
      storageClass: STORAGE_CLASSES[type],
      key: String(i),
      elements: values.length,
      shape,
    };
    return [name, pickleView(view)] as const;
  });
  return torchFile(pickle.of(pickle.dictionary(entries)), storages);
}

/** Halves are cut off, not rounded: any values do, as long as all forms have the same. */
function encode(values: Float32Array, type: Half | 'F32'): Buffer {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  if (type === 'F32') return Buffer.from(words.slice().buffer);
  const bits = Uint16Array.from(words, (word) => {
    if (type === 'BF16') return word >>> 16;
    const exponent = ((word >>> 23) & 0xff) - 112;
    const sign = (word >>> 16) & 0x8000;
    return exponent <= 0 ? sign : sign | (exponent << 10) | ((word >>> 13) & 0x3ff);
  });
  return Buffer.from(bits.buffer);
}
