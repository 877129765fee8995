import type { OperatorError } from '#libs/domain';
import { elementCount, MAX_AXES, type StoredType } from '../stored-tensor.js';
import { PickleMachine } from './pickle-machine.js';

/** A tensor of a state dict: a view of a storage. */
export interface TorchTensor {
  readonly storage: TorchStorage;
  /** Of the first element in the storage, in elements. */
  readonly offset: number;
  readonly shape: readonly number[];
  /** A matrix whose columns lie one after the other. */
  readonly transposed: boolean;
}

export interface TorchStorage {
  /** Name of the zip entry in the folder `data`. */
  readonly key: string;
  readonly type: StoredType;
  readonly elements: number;
}

type Fault = (what: string) => OperatorError;
type Call = (args: readonly unknown[], fault: Fault) => unknown;

const STORAGE_TYPES: ReadonlyMap<string, StoredType> = new Map([
  ['torch.FloatStorage', 'F32'],
  ['torch.HalfStorage', 'F16'],
  ['torch.BFloat16Storage', 'BF16'],
  ['torch.DoubleStorage', 'F64'],
  ['torch.LongStorage', 'I64'],
  ['torch.IntStorage', 'I32'],
  ['torch.ShortStorage', 'I16'],
  ['torch.CharStorage', 'I8'],
  ['torch.ByteStorage', 'U8'],
  ['torch.BoolStorage', 'BOOL'],
]);

/** The functions that a state dict calls. */
const CALLS: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['collections.OrderedDict', makeDictionary],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', rebuildParameter],
]);

const MAX_QUOTED = 80;

/** What the machine holds for a storage class or a function: its place in the tables above, nothing to run. */
class KnownGlobal {
  constructor(readonly name: string) {}
}

class Storage implements TorchStorage {
  constructor(
    readonly key: string,
    readonly type: StoredType,
    readonly elements: number,
  ) {}
}

class Tensor implements TorchTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly transposed: boolean,
  ) {}
}

/**
 * The tensors of a pickled state dict, by name. It holds tensors and nothing else; what else it names, calls
 * or contains is an `OperatorError` made by `fault`, and no code runs for it.
 *
 * Source: torch 2.8, `torch/_utils.py` and `torch/serialization.py`.
 */
export function readStateDict(pickle: Uint8Array, fault: Fault): Map<string, TorchTensor> {
  const host = {
    findGlobal: (name: string) => findGlobal(name, fault),
    call: (global: unknown, args: readonly unknown[]) => call(global, args, fault),
    load: (id: unknown) => loadStorage(id, fault),
  };
  const result = new PickleMachine(pickle, host, fault).run();
  if (!(result instanceof Map)) throw fault('it is no dictionary of tensors');
  const tensors = new Map<string, TorchTensor>();
  for (const [name, value] of result as Map<string, unknown>) {
    if (!(value instanceof Tensor)) throw fault(`${quote(name)} in it is no tensor`);
    tensors.set(name, value);
  }
  return tensors;
}

function findGlobal(name: string, fault: Fault): KnownGlobal {
  if (!STORAGE_TYPES.has(name) && !CALLS.has(name))
    throw fault(
      `it names ${quote(name)}, which has no place in a state dict and may run code. It was not run`,
    );
  return new KnownGlobal(name);
}

function call(global: unknown, args: readonly unknown[], fault: Fault): unknown {
  const known = global instanceof KnownGlobal ? CALLS.get(global.name) : undefined;
  if (known === undefined) throw fault('it calls what is no function');
  return known(args, fault);
}

function makeDictionary(args: readonly unknown[], fault: Fault): Map<string, unknown> {
  if (args.length > 0) throw fault('it fills a dictionary in a way that torch does not');
  return new Map();
}

/** `('storage', class, key, device, elements)`: the storage is in the zip entry `data/<key>`. */
function loadStorage(id: unknown, fault: Fault): Storage {
  if (!Array.isArray(id) || id.length !== 5 || id[0] !== 'storage')
    throw fault('it refers to what is no storage');
  const [, storageClass, key, , elements] = id as unknown[];
  const type =
    storageClass instanceof KnownGlobal ? STORAGE_TYPES.get(storageClass.name) : undefined;
  if (type === undefined || typeof key !== 'string' || !isSize(elements))
    throw fault('it describes a storage in a way that torch does not');
  return new Storage(key, type, elements);
}

/** `(storage, offset, size, stride, requires_grad, backward_hooks[, metadata])`, counted in elements. */
function rebuildTensor(args: readonly unknown[], fault: Fault): Tensor {
  const [storage, offset, shape, strides] = args;
  if (
    !(storage instanceof Storage) ||
    !isSize(offset) ||
    !isAxes(shape) ||
    !isAxes(strides) ||
    shape.length !== strides.length
  )
    throw fault('it describes a tensor in a way that torch does not');
  const last = shape.reduce((sum, axis, i) => sum + (axis - 1) * (strides[i] ?? 0), offset);
  if (!shape.includes(0) && last >= storage.elements)
    throw fault(
      `a tensor of the shape [${shape.join(', ')}] reaches past the end of its storage ${quote(storage.key)}`,
    );
  if (isRowMajor(shape, strides)) return new Tensor(storage, offset, shape, false);
  if (shape.length === 2 && isRowMajor(shape.toReversed(), strides.toReversed()))
    return new Tensor(storage, offset, shape, true);
  throw fault(
    `a tensor of the shape [${shape.join(', ')}] has the strides [${strides.join(', ')}]; ` +
      'save it with .contiguous()',
  );
}

/** `(tensor, requires_grad, backward_hooks)`. */
function rebuildParameter([tensor]: readonly unknown[], fault: Fault): Tensor {
  if (!(tensor instanceof Tensor)) throw fault('it makes a parameter of what is no tensor');
  return tensor;
}

/** Whether the elements lie side by side, the last axis fastest. The stride of an axis of 1 says nothing. */
function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  return (
    shape.every((axis, i) => axis === 1 || strides[i] === elementCount(shape.slice(i + 1))) ||
    shape.includes(0)
  );
}

function isAxes(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= MAX_AXES && value.every(isSize);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A name of the file's on one line, cut where it is long. */
function quote(name: string): string {
  return JSON.stringify(name.length > MAX_QUOTED ? `${name.slice(0, MAX_QUOTED)}…` : name);
}
