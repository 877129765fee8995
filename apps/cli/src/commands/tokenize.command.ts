import { Command } from 'commander';
import { inputLines, writeLine } from '../input-lines.js';
import { openModel } from '../model-location.js';

export function tokenizeCommand(): Command {
  return new Command('tokenize')
    .description(
      'Turn each line of standard input into a JSON array of source token ids, as the engine gets them.',
    )
    .requiredOption('-f, --from <language>', 'language of the lines')
    .option('-m, --model <dir>', 'prepared folder or Hugging Face folder (default: the demo model)')
    .action(async (options: { from: string; model?: string }) => {
      const model = await openModel(options.model);
      const from = model.requireLanguage(options.from);
      for await (const line of inputLines())
        await writeLine(JSON.stringify(Array.from(model.tokenizer.encode(line, from))));
    });
}
