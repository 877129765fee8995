import { Command, Option } from 'commander';
import { loadConfig } from '#libs/config';
import { prepareModel } from '#libs/model-compiler';
import type { Precision } from '#libs/prepared-model';
import { localFolder, originOf } from '../local-folder.js';
import { toMegabytes } from '../progress-lines.js';
import { withProgress } from '../work-report.js';

interface PrepareCommandOptions {
  readonly output: string;
  readonly precision: Precision;
  readonly force?: true;
}

export function prepareCommand(): Command {
  return new Command('prepare')
    .description('Compile a checkpoint in the Hugging Face layout into a model that can be served.')
    .argument(
      '<source>',
      'hub id (owner/name or owner/name@revision), or local folder with config.json, sentencepiece.bpe.model, ' +
        'vocab.json and the weights: safetensors, pytorch_model.bin or an ONNX export',
    )
    .requiredOption('-o, --output <dir>', 'folder to write')
    .addOption(
      new Option('-p, --precision <precision>', 'precision of the weights')
        .choices(['int8', 'fp32'])
        .default('int8'),
    )
    .option('-f, --force', 'prepare anew what the folder holds already')
    .addHelpText(
      'after',
      `
The folder:
  missing                     it appears when it is complete, or not at all
  empty, or a mount point     it is filled; manifest.json comes last, and without it there is no model
  the same model, undamaged   nothing is done: same source files, precision and format (--force: prepared anew)
  another or a damaged model  it is replaced when the new one is complete; until then the old one stays
  anything else               it is left alone, and the command fails

A process that prepares into the same folder is waited for. What a killed one left is removed.`,
    )
    .action(async (source: string, { output, precision, force }: PrepareCommandOptions) => {
      const { manifest, outcome } = await withProgress(async (report) => {
        const folder = await localFolder(source, loadConfig(), report);
        return prepareModel({
          source: folder,
          origin: await originOf(folder),
          output,
          precision,
          force: force === true,
          ...report,
        });
      });
      const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
      const facts = `${manifest.languages.length} languages in ${precision}, ${toMegabytes(bytes)} MB`;
      process.stderr.write(
        outcome === 'prepared'
          ? `Prepared ${facts}, in ${output}\n`
          : `${output} holds this model already (${facts}); nothing was done.\n`,
      );
    });
}
