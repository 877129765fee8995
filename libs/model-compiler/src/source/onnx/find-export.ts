import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '#libs/domain';
import { fileFaultCode } from '#libs/prepared-model';
import type { OnnxFiles } from './onnx-export.js';

/** Exports lie at a checkpoint's top (Optimum) or in a folder of it (transformers.js). */
const FOLDERS = ['', 'onnx/'];
/** The best first. The decoder of later steps lacks weights; the two others have them all. */
const ENCODERS = ['encoder_model.onnx', 'encoder_model_fp16.onnx'];
const DECODERS = [
  'decoder_model.onnx',
  'decoder_model_merged.onnx',
  'decoder_model_fp16.onnx',
  'decoder_model_merged_fp16.onnx',
];
const ANY_EXPORT = /^(?:en|de)coder_model\w*\.onnx$/;

/**
 * The encoder and decoder of an export in the folder, or undefined where there is none. One that is not
 * complete, or there in quantised forms alone, is an `OperatorError`.
 */
export async function findOnnxExport(folder: string): Promise<OnnxFiles | undefined> {
  const seen: string[] = [];
  for (const subfolder of FOLDERS) {
    const names = await fileNames(join(folder, subfolder));
    const encoder = ENCODERS.find((name) => names.includes(name));
    const decoder = DECODERS.find((name) => names.includes(name));
    if (encoder !== undefined && decoder !== undefined)
      return { encoder: subfolder + encoder, decoder: subfolder + decoder };
    seen.push(...names.filter((name) => ANY_EXPORT.test(name)).map((name) => subfolder + name));
  }
  if (seen.length === 0) return undefined;
  throw new OperatorError(
    `${folder} holds an incomplete or quantised ONNX export (${seen.slice(0, 8).join(', ')}). ` +
      'encoder_model.onnx with decoder_model.onnx or decoder_model_merged.onnx is needed, in fp32 or as _fp16.',
  );
}

async function fileNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = fileFaultCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
