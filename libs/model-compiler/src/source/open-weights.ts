import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '#libs/domain';
import { findOnnxExport } from './onnx/find-export.js';
import { openOnnxExport } from './onnx/onnx-export.js';
import { SAFETENSORS } from './safetensors.js';
import { openShards, openSingleFile } from './shards.js';
import { TORCH } from './torch/torch-checkpoint.js';
import type { WeightSource } from './weight-source.js';

/**
 * Opens the weights of a checkpoint's folder: safetensors where there are some, else torch's, else an ONNX
 * export. What is damaged or not a weight file is an `OperatorError`; another form is not tried then.
 */
export async function openWeights(folder: string): Promise<WeightSource> {
  for (const format of [SAFETENSORS, TORCH]) {
    if (await exists(folder, format.singleFile)) return openSingleFile(folder, format);
    if (await exists(folder, format.indexFile)) return openShards(folder, format);
  }
  const onnx = await findOnnxExport(folder);
  if (onnx !== undefined) return openOnnxExport(folder, onnx);
  throw new OperatorError(
    `${folder} holds no weights. One of model.safetensors, pytorch_model.bin (or the shards of either with ` +
      'their index) or encoder_model.onnx with decoder_model.onnx or decoder_model_merged.onnx is expected.',
  );
}

function exists(folder: string, name: string): Promise<boolean> {
  return access(join(folder, name)).then(
    () => true,
    () => false,
  );
}
