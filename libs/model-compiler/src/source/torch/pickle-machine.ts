import type { OperatorError } from '#libs/domain';
import { PickleBytes } from './pickle-bytes.js';

/** Makes the values that a pickle may hold besides plain ones. What it refuses is an `OperatorError`. */
export interface PickleHost {
  /** The value that stands for a global such as `torch.FloatStorage`. */
  findGlobal(name: string): unknown;
  /** What calling a global gives. Nothing but what the host itself computes ever runs. */
  call(global: unknown, args: readonly unknown[]): unknown;
  /** The value behind a persistent id. */
  load(id: unknown): unknown;
}

/** A state dict of a thousand tensors makes about thirty thousand values. */
const MAX_VALUES = 500_000;
const MAX_STACK = 100_000;
const MAX_MARKS = 1000;
const MAX_MEMO = 100_000;
const MAX_PROTOCOL = 5;

const MARK = 0x28;
const STOP = 0x2e;
const PROTO = 0x80;
const FRAME = 0x95;

/**
 * The part of Python's pickle machine that a state dict needs: plain values, tuples, dictionaries, and what
 * the host knows. Each size and count is bounded; everything else is refused by its name. Values are `null`,
 * booleans, numbers, strings, arrays (tuples), Maps (dictionaries) and the host's own.
 *
 * Source: Python 3.13, `Lib/pickletools.py`.
 */
export class PickleMachine {
  readonly #arguments: PickleBytes;
  #made = 0;
  #stack: unknown[] = [];
  /** The stack below each mark. */
  readonly #belowMarks: unknown[][] = [];
  readonly #memo = new Map<number, unknown>();

  /** `fault` makes the error of a pickle that is broken or no state dict. */
  constructor(
    bytes: Uint8Array,
    private readonly host: PickleHost,
    private readonly fault: (what: string) => OperatorError,
  ) {
    this.#arguments = new PickleBytes(bytes, fault);
  }

  /** Runs to the end and gives back the one value that is left. */
  run(): unknown {
    for (let code = this.#arguments.uint8(); code !== STOP; code = this.#arguments.uint8()) {
      if (code === MARK) this.#mark();
      else if (code === PROTO) this.#checkProtocol(this.#arguments.uint8());
      else if (code === FRAME) this.#arguments.skip(8);
      else this.#push(this.#make(code));
    }
    const result = this.pop();
    if (this.#stack.length > 0 || this.#belowMarks.length > 0)
      throw this.fault('it leaves more than one value');
    return result;
  }

  pop(): unknown {
    if (this.#stack.length === 0) throw this.fault('it takes a value from an empty stack');
    return this.#stack.pop();
  }

  popTuple(size: number): unknown[] {
    const values = Array.from({ length: size }, () => this.pop());
    return values.reverse();
  }

  /** The values above the last mark, which goes away. */
  popMarked(): unknown[] {
    const below = this.#belowMarks.pop();
    if (below === undefined) throw this.fault('it goes back to a mark that is not there');
    const values = this.#stack;
    this.#stack = below;
    return values;
  }

  popName(): string {
    const value = this.pop();
    if (typeof value !== 'string') throw this.fault('a name is no text');
    return value;
  }

  /** Without an index: under the next free one, as protocol 4 has it. */
  remember(index = this.#memo.size): unknown {
    const value = this.pop();
    this.#memo.set(index, value);
    if (this.#memo.size > MAX_MEMO) throw this.fault(`it remembers more than ${MAX_MEMO} values`);
    return value;
  }

  recall(index: number): unknown {
    if (!this.#memo.has(index))
      throw this.fault(`it recalls the value ${index}, which is not there`);
    return this.#memo.get(index);
  }

  /** Puts keys and values, by turns, into the dictionary on top of the stack. */
  setItems(items: readonly unknown[]): unknown {
    const dictionary = this.pop();
    if (!(dictionary instanceof Map) || items.length % 2 !== 0)
      throw this.fault('it sets items of what is no dictionary');
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      if (typeof key !== 'string') throw this.fault('a dictionary has a key that is no text');
      dictionary.set(key, items[i + 1]);
    }
    return dictionary;
  }

  /** Gives an object its attributes. Only dictionaries have some here (`_metadata`), and nobody needs them. */
  build(): unknown {
    const attributes = this.pop();
    const target = this.pop();
    if (!(attributes instanceof Map) || !(target instanceof Map))
      throw this.fault('it builds an object that is no dictionary');
    return target;
  }

  global(module: string, name: string): unknown {
    return this.host.findGlobal(`${module}.${name}`);
  }

  reduce(): unknown {
    const args: unknown = this.pop();
    const callee = this.pop();
    if (!Array.isArray(args)) throw this.fault('it calls without a tuple of arguments');
    return this.host.call(callee, args);
  }

  load(): unknown {
    return this.host.load(this.pop());
  }

  #make(code: number): unknown {
    const make = MAKERS.get(code);
    if (make !== undefined) return make(this, this.#arguments);
    const at = this.#arguments.position - 1;
    const hex = code.toString(16).padStart(2, '0');
    throw this.fault(`the instruction 0x${hex} at byte ${at} is none that a state dict needs`);
  }

  #push(value: unknown): void {
    if (++this.#made > MAX_VALUES) throw this.fault(`it makes more than ${MAX_VALUES} values`);
    if (this.#stack.length === MAX_STACK)
      throw this.fault(`it stacks more than ${MAX_STACK} values`);
    this.#stack.push(value);
  }

  #mark(): void {
    if (this.#belowMarks.length === MAX_MARKS)
      throw this.fault(`it nests more than ${MAX_MARKS} unfinished values`);
    this.#belowMarks.push(this.#stack);
    this.#stack = [];
  }

  #checkProtocol(protocol: number): void {
    if (protocol > MAX_PROTOCOL)
      throw this.fault(`its protocol is ${protocol}; at most ${MAX_PROTOCOL} is known`);
  }
}

type Make = (machine: PickleMachine, args: PickleBytes) => unknown;

/** The instructions that leave a value on the stack, by opcode; the names are pickletools'. */
const MAKERS: ReadonlyMap<number, Make> = new Map<number, Make>([
  [0x4e, () => null], // NONE
  [0x88, () => true], // NEWTRUE
  [0x89, () => false], // NEWFALSE
  [0x4b, (_, args) => args.uint8()], // BININT1
  [0x4d, (_, args) => args.uint16()], // BININT2
  [0x4a, (_, args) => args.int32()], // BININT
  [0x8a, (_, args) => args.long(args.uint8())], // LONG1
  [0x8b, (_, args) => args.long(args.uint32())], // LONG4
  [0x58, (_, args) => args.text(args.uint32())], // BINUNICODE
  [0x8c, (_, args) => args.text(args.uint8())], // SHORT_BINUNICODE
  [0x29, () => []], // EMPTY_TUPLE
  [0x85, (machine) => machine.popTuple(1)], // TUPLE1
  [0x86, (machine) => machine.popTuple(2)], // TUPLE2
  [0x87, (machine) => machine.popTuple(3)], // TUPLE3
  [0x74, (machine) => machine.popMarked()], // TUPLE
  [0x7d, () => new Map()], // EMPTY_DICT
  [0x73, (machine) => machine.setItems(machine.popTuple(2))], // SETITEM
  [0x75, (machine) => machine.setItems(machine.popMarked())], // SETITEMS
  [0x62, (machine) => machine.build()], // BUILD
  [0x71, (machine, args) => machine.remember(args.uint8())], // BINPUT
  [0x72, (machine, args) => machine.remember(args.uint32())], // LONG_BINPUT
  [0x94, (machine) => machine.remember()], // MEMOIZE
  [0x68, (machine, args) => machine.recall(args.uint8())], // BINGET
  [0x6a, (machine, args) => machine.recall(args.uint32())], // LONG_BINGET
  [0x63, (machine, args) => machine.global(args.line(), args.line())], // GLOBAL
  [0x69, (machine, args) => machine.global(args.line(), args.line())], // INST: refused by the name
  [0x93, stackGlobal], // STACK_GLOBAL
  [0x52, (machine) => machine.reduce()], // REDUCE
  [0x51, (machine) => machine.load()], // BINPERSID
]);

function stackGlobal(machine: PickleMachine): unknown {
  const name = machine.popName();
  return machine.global(machine.popName(), name);
}
