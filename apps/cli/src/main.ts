import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { isDebugging } from '#libs/config';
import { OperatorError } from '#libs/domain';
import { loadCommand } from './commands/load.command.js';
import { prepareCommand } from './commands/prepare.command.js';
import { serveCommand } from './commands/serve.command.js';
import { stressCommand } from './commands/stress.command.js';
import { synthesizeCommand } from './commands/synthesize.command.js';
import { tokenizeCommand } from './commands/tokenize.command.js';
import { translateCommand } from './commands/translate.command.js';
import { verifyCommand } from './commands/verify.command.js';
import { packageFile } from './package-root.js';

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

/** Parses the arguments, runs the command, and turns whatever goes wrong into one line and an exit code. */
async function main(): Promise<void> {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
    version: string;
  };
  const program = new Command('babelserve')
    .description('Machine translation with M2M100: a server, and its tools on the command line.')
    .version(version)
    .showHelpAfterError('(run with --help for usage)')
    .exitOverride();
  for (const command of [
    serveCommand(),
    prepareCommand(),
    verifyCommand(),
    translateCommand(),
    tokenizeCommand(),
    synthesizeCommand(),
    stressCommand(),
    loadCommand(),
  ])
    program.addCommand(command.copyInheritedSettings(program));
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError)
    // Commander has printed its own message; help and version are no failures.
    return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (isDebugging() || !(error instanceof Error)) {
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  } else {
    // Of ours alone the line breaks are meant.
    const text =
      error instanceof OperatorError
        ? error.message
        : `${error.message.replace(/\s*\n\s*/g, ' ')} (LOG_LEVEL=debug shows where)`;
    process.stderr.write(`babelserve: ${text}\n`);
  }
  return EXIT_FAILURE;
}

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

await main();
