import { assertInvariant } from '#libs/domain';
import { readStoredRows, type StoredTensor } from './stored-tensor.js';
import type { WeightFiles } from './weight-file.js';
import type { WeightSource } from './weight-source.js';

/** Tensors whose places are known, read when they are asked for. Owns the files. */
export class StoredWeights implements WeightSource {
  constructor(
    readonly kind: WeightSource['kind'],
    readonly fileNames: readonly string[],
    private readonly tensors: ReadonlyMap<string, StoredTensor>,
    private readonly files: WeightFiles,
  ) {}

  get names(): readonly string[] {
    return [...this.tensors.keys()];
  }

  shape(name: string): readonly number[] | undefined {
    return this.tensors.get(name)?.shape;
  }

  async read(name: string): Promise<Float32Array> {
    const [rows = 1] = this.#tensor(name).shape;
    return this.readRows(name, 0, rows);
  }

  async readRows(name: string, from: number, to: number): Promise<Float32Array> {
    const tensor = this.#tensor(name);
    const [rows = 1] = tensor.shape;
    assertInvariant(from >= 0 && from <= to && to <= rows, `${name} has no rows ${from} to ${to}`);
    return readStoredRows(tensor, name, from, to);
  }

  close(): Promise<void> {
    return this.files.close();
  }

  #tensor(name: string): StoredTensor {
    const tensor = this.tensors.get(name);
    assertInvariant(tensor !== undefined, `there is no tensor ${name}`);
    return tensor;
  }
}
