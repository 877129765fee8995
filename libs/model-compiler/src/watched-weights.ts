import type { WeightSource } from './source/weight-source.js';

/** The same weights; `onBytes` is told of each read beforehand, counted as float32, and may throw to end it. */
export function watchWeights(
  weights: WeightSource,
  onBytes: (bytes: number) => void,
): WeightSource {
  const sizeOf = (axes: readonly number[]): number => axes.reduce((size, axis) => size * axis, 4);
  return {
    kind: weights.kind,
    fileNames: weights.fileNames,
    names: weights.names,
    shape: (name) => weights.shape(name),
    read: (name) => {
      onBytes(sizeOf(weights.shape(name) ?? []));
      return weights.read(name);
    },
    readRows: (name, from, to) => {
      onBytes(sizeOf([to - from, ...(weights.shape(name) ?? []).slice(1)]));
      return weights.readRows(name, from, to);
    },
    close: () => weights.close(),
  };
}
