import type {
  AttributeValue,
  ElementType,
  Graph,
  GraphNode,
  GraphValue,
  Initializer,
} from '../onnx/onnx-model.js';

export interface NodeOptions {
  readonly domain?: GraphNode['domain'];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** The name of the only output, where the graph's outputs or another node ask for one. */
  readonly output?: string;
}

/** What a tensor holds. */
export type TensorType = Pick<GraphValue, 'type' | 'axes'>;

/** Adds what makes a tensor to a branch, and gives back its name. */
export type BranchMaker = (branch: GraphBuilder) => string;

const ONE: Initializer = {
  name: 'one',
  type: 'float32',
  axes: [1],
  data: { kind: 'inline', bytes: new Uint8Array(Float32Array.of(1).buffer) },
};

/** Collects the nodes of a graph in the order of their computation. Tensors are spoken of by name. */
export class GraphBuilder {
  readonly #nodes: GraphNode[] = [];
  readonly #initializers = new Map<string, Initializer>();
  readonly #inputs: GraphValue[] = [];
  readonly #outputs: GraphValue[] = [];

  /** @param outer the graph that this is a branch of: its tensors and constants are there, too. */
  constructor(
    private readonly name: string,
    private readonly outer?: GraphBuilder,
  ) {}

  /** Declares an input and gives back its name. */
  input(name: string, type: ElementType, axes: readonly (number | string)[]): string {
    this.#inputs.push({ name, type, axes });
    return name;
  }

  /** Declares that the tensor of this name is an output. */
  output(name: string, type: ElementType, axes: readonly (number | string)[]): void {
    this.#outputs.push({ name, type, axes });
  }

  /** Adds a tensor that is part of the model and gives back its name. */
  initializer(initializer: Initializer): string {
    if (this.outer !== undefined) return this.outer.initializer(initializer);
    this.#initializers.set(initializer.name, initializer);
    return initializer.name;
  }

  /** A small int64 vector, such as a shape. */
  integers(values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.#constant(`int64_${values.join('_')}`, 'int64', [values.length], data);
  }

  /** An int64 scalar. */
  integer(value: number): string {
    return this.#constant(`int64_scalar_${value}`, 'int64', [], BigInt64Array.of(BigInt(value)));
  }

  /** A float32 scalar. */
  scalar(value: number): string {
    return this.#constant(`float32_${value}`, 'float32', [], Float32Array.of(value));
  }

  /** A uint8 scalar. */
  byte(value: number): string {
    return this.#constant(`uint8_${value}`, 'uint8', [], Uint8Array.of(value));
  }

  /** Adds a node with one output and gives back the output's name. */
  node(operator: string, inputs: readonly string[], options: NodeOptions = {}): string {
    const output = options.output ?? this.#newName(operator);
    this.#add(operator, inputs, [output], options);
    return output;
  }

  /**
   * Adds a node with several outputs and gives back their full names by the short ones. `named` has those that the
   * graph's outputs ask for.
   */
  nodes<Name extends string>(
    operator: string,
    inputs: readonly string[],
    outputs: readonly Name[],
    options: Omit<NodeOptions, 'output'> = {},
    named: Partial<Record<Name, string>> = {},
  ): Record<Name, string> {
    const prefix = this.#newName(operator);
    const fullName = (name: Name): string => named[name] ?? `${prefix}_${name}`;
    this.#add(operator, inputs, outputs.map(fullName), options);
    const names = outputs.map((name) => [name, fullName(name)]);
    return Object.fromEntries(names) as Record<Name, string>;
  }

  /** `[rows, 1]` of one value for a tensor `[rows, …]`: of the value's only element, float32 zeros without one. */
  column(tensor: string, value?: Initializer): string {
    return this.#filled([this.#length(tensor), this.integers([1])], value);
  }

  /** Float32 ones `[1, n]` for a tensor `[n, …]`. */
  onesRow(tensor: string): string {
    return this.#filled([this.integers([1]), this.#length(tensor)], ONE);
  }

  /**
   * The tensor that one of two branches makes. Only that branch is computed.
   *
   * @param condition a bool scalar
   */
  choose(
    condition: string,
    [whenTrue, whenFalse]: readonly [BranchMaker, BranchMaker],
    tensor: TensorType,
  ): string {
    const name = this.#newName('If');
    const attributes = {
      then_branch: { graph: this.#branch(`${name}_then`, whenTrue, tensor) },
      else_branch: { graph: this.#branch(`${name}_else`, whenFalse, tensor) },
    };
    return this.node('If', [condition], { attributes, output: name });
  }

  build(): Graph {
    return {
      name: this.name,
      nodes: this.#nodes,
      initializers: [...this.#initializers.values()],
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
  }

  /** The length of a tensor's first axis, int64 `[1]`. */
  #length(tensor: string): string {
    return this.node('Shape', [tensor], { attributes: { start: 0, end: 1 } });
  }

  /** A tensor of axes of these lengths, with one value everywhere. */
  #filled(lengths: readonly string[], value: Initializer | undefined): string {
    const shape = this.node('Concat', lengths, { attributes: { axis: 0 } });
    return this.node('ConstantOfShape', [shape], {
      attributes: value === undefined ? {} : { value: { tensor: value } },
    });
  }

  #branch(name: string, make: BranchMaker, { type, axes }: TensorType): Graph {
    const branch = new GraphBuilder(name, this);
    branch.output(make(branch), type, axes);
    return branch.build();
  }

  /** Tensors of a branch must not be called what others outside of it are. */
  #newName(operator: string): string {
    const own = `${operator}_${this.#nodes.length}`;
    return this.outer === undefined ? own : `${this.name}_${own}`;
  }

  #add(
    operator: string,
    inputs: readonly string[],
    outputs: readonly string[],
    options: NodeOptions,
  ): void {
    const { domain = '', attributes = {} } = options;
    this.#nodes.push({ operator, domain, inputs, outputs, attributes });
  }

  #constant(
    name: string,
    type: ElementType,
    axes: readonly number[],
    values: Float32Array | BigInt64Array | Uint8Array,
  ): string {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.initializer({ name, type, axes, data: { kind: 'inline', bytes } });
  }
}
