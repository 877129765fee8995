import { Command, Option } from 'commander';
import { loadConfig } from '#libs/config';
import { prepareModel } from '#libs/model-compiler';
import type { Precision } from '#libs/prepared-model';
import { localFolder } from '../local-folder.js';

export function prepareCommand(): Command {
  return new Command('prepare')
    .description('Compile a checkpoint in the Hugging Face layout into a model that can be served.')
    .argument(
      '<source>',
      'hub id (owner/name or owner/name@revision), or local folder with config.json, sentencepiece.bpe.model, ' +
        'vocab.json and the weights: safetensors, pytorch_model.bin or an ONNX export',
    )
    .requiredOption('-o, --output <dir>', 'folder to write; it appears whole or not at all')
    .addOption(
      new Option('-p, --precision <precision>', 'precision of the weights')
        .choices(['int8', 'fp32'])
        .default('int8'),
    )
    .action(async (source: string, options: { output: string; precision: Precision }) => {
      const { output, precision } = options;
      const manifest = await prepareModel({
        source: await localFolder(source, loadConfig()),
        output,
        precision,
        onProgress: (stage) => process.stderr.write(`${stage}…\n`),
      });
      const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
      process.stderr.write(
        `Prepared ${manifest.languages.length} languages in ${precision}, ${(bytes / 1e6).toFixed(1)} MB, in ${output}\n`,
      );
    });
}
