import { Command, Option } from 'commander';
import { loadConfig } from '#libs/config';
import { type EngineLog, packGraphs } from '#libs/inference';
import { prepareModel } from '#libs/model-compiler';
import type { Precision } from '#libs/prepared-model';
import { localFolder, originOf } from '../local-folder.js';
import { toMegabytes } from '../progress-lines.js';
import { withProgress, type WorkReport } from '../work-report.js';

interface PrepareCommandOptions {
  readonly output: string;
  readonly precision: Precision;
  readonly force?: true;
  readonly pack: boolean;
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
    .option('--no-pack', 'leave out the graphs packed for the processor of this machine')
    .addHelpText(
      'after',
      `
The folder:
  missing                     it appears when it is complete, or not at all
  empty, or a mount point     it is filled; manifest.json comes last, and without it there is no model
  the same model, undamaged   nothing is done: same source files, precision and format (--force: prepared anew)
  another or a damaged model  it is replaced when the new one is complete; until then the old one stays
  anything else               it is left alone, and the command fails

Packed graphs (int8) take twice the space of the weights. Engines on a processor with the same features share their memory, and start sooner.
Where they do not fit onto the disk, or are for another processor, the model works without them.

A process that prepares into the same folder is waited for. What a killed one left is removed.`,
    )
    .action(async (source: string, { output, precision, force, pack }: PrepareCommandOptions) => {
      const { manifest, outcome } = await withProgress(async (report) => {
        const folder = await localFolder(source, loadConfig(), report);
        const prepared = await prepareModel({
          source: folder,
          origin: await originOf(folder),
          output,
          precision,
          force: force === true,
          ...report,
        });
        if (pack) await packGraphs(output, noticeLog(report), report);
        return prepared;
      });
      const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
      const facts = `${manifest.languages.length} languages in ${precision}, ${toMegabytes(bytes)} MB`;
      process.stderr.write(
        outcome === 'prepared'
          ? `Prepared ${facts}, in ${output}\n`
          : `${output} holds this model already (${facts}); it was not prepared again.\n`,
      );
    });
}

/** Tells what becomes of the packed graphs as a line each. */
function noticeLog({ onNotice }: WorkReport): EngineLog {
  const say = ({ reason }: Readonly<Record<string, unknown>>, message: string): void => {
    onNotice(typeof reason === 'string' ? `${message} (${reason})` : message);
  };
  return { info: say, error: say };
}
