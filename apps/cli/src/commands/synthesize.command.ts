import { Command, Option } from 'commander';
import { SYNTHETIC_SHAPES, synthesizeCheckpoint } from '#libs/model-compiler';
import { DEMO_MODEL } from '../package-root.js';
import { withProgress } from '../work-report.js';
import { wholeNumber } from '../whole-number.js';

interface SynthesizeOptions {
  readonly shape: keyof typeof SYNTHETIC_SHAPES;
  readonly output: string;
  readonly maxLength: number;
}

export function synthesizeCommand(): Command {
  return new Command('synthesize')
    .description(
      'Write a checkpoint of random weights in the shape of a released model, for benchmarks.',
    )
    .addOption(
      new Option('-s, --shape <shape>', 'shape')
        .choices(Object.keys(SYNTHETIC_SHAPES))
        .makeOptionMandatory(),
    )
    .requiredOption(
      '-o, --output <dir>',
      'folder to write, missing or empty; config.json comes last, and without it there is no checkpoint',
    )
    .option(
      '--max-length <tokens>',
      'max_length of generation_config.json',
      wholeNumber(2, 1024),
      26,
    )
    .action(async ({ shape, output, maxLength }: SynthesizeOptions) => {
      await withProgress((report) =>
        synthesizeCheckpoint({ shape, output, maxLength, tokenizerFolder: DEMO_MODEL, ...report }),
      );
    });
}
