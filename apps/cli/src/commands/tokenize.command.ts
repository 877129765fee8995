import { Command } from 'commander';
import { type LanguagePair, SegmentPlanner, type ServedModel } from '#apps/api';
import { loadConfig } from '#libs/config';
import { OperatorError } from '#libs/domain';
import { inputLines, writeLine } from '../input-lines.js';
import { loadModel, requireLanguage } from '../loaded-model.js';

interface TokenizeOptions {
  readonly from: string;
  readonly to?: string;
  readonly model?: string;
}

export function tokenizeCommand(): Command {
  return new Command('tokenize')
    .description(
      'Turn each line of standard input into a JSON array of source token ids, as the engine gets them. A line is one segment.',
    )
    .requiredOption('-f, --from <language>', 'language of the lines')
    .option(
      '-t, --to <language>',
      'language to translate into; SMaLL-100 has its tag in the source',
    )
    .option(
      '-m, --model <dir>',
      'prepared folder, Hugging Face folder or hub id (default: MODEL_WEIGHTS)',
    )
    .action(async (options: TokenizeOptions) => {
      const model = await loadModel(loadConfig(), options.model);
      const planner = new SegmentPlanner(model.tokenizer, model.manifest);
      const pair = languagePair(model, options);
      for await (const line of inputLines())
        await writeLine(JSON.stringify(Array.from(planner.sourceTokenIds(line, pair))));
    });
}

/** The target changes the source of SMaLL-100 alone. */
function languagePair(model: ServedModel, { from, to }: TokenizeOptions): LanguagePair {
  const sourceLanguage = requireLanguage(model, from);
  if (to === undefined && model.manifest.family === 'small100')
    throw new OperatorError(
      'This model is SMaLL-100, whose source begins with the tag of the target. Name that with --to.',
    );
  return { sourceLanguage, targetLanguage: requireLanguage(model, to ?? from) };
}
