import { Command } from 'commander';
import { loadConfig } from '#libs/config';
import { inputLines, writeLine } from '../input-lines.js';
import { loadModel, requireLanguage } from '../model-location.js';

export function tokenizeCommand(): Command {
  return new Command('tokenize')
    .description(
      'Turn each line of standard input into a JSON array of source token ids, as the engine gets them. A line is one segment.',
    )
    .requiredOption('-f, --from <language>', 'language of the lines')
    .option('-m, --model <dir>', 'prepared folder or Hugging Face folder (default: MODEL_WEIGHTS)')
    .action(async (options: { from: string; model?: string }) => {
      const model = await loadModel(loadConfig(), options.model);
      const from = requireLanguage(model, options.from);
      for await (const line of inputLines())
        await writeLine(JSON.stringify(Array.from(model.tokenizer.encode(line, from))));
    });
}
