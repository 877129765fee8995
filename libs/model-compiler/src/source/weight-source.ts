/**
 * Named float tensors of a checkpoint, whatever file they lie in. Nothing is read before it is asked for,
 * so that a caller decides how much of a large checkpoint is in memory.
 */
export interface WeightSource {
  /** The format, as the manifest names it. */
  readonly kind: 'safetensors' | 'torch' | 'onnx';
  /** Names of the files that the weights lie in, inside the checkpoint's folder. */
  readonly fileNames: readonly string[];
  readonly names: readonly string[];
  /** Axes of a tensor, or undefined where there is none of that name. */
  shape(name: string): readonly number[] | undefined;
  /** The whole tensor, row-major, in float32. The array belongs to the caller. */
  read(name: string): Promise<Float32Array>;
  /** Rows `from` up to, not including, `to` of the first axis. */
  readRows(name: string, from: number, to: number): Promise<Float32Array>;
  close(): Promise<void>;
}
