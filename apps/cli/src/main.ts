import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { isDebugging } from '#libs/config';
import { OperatorError } from '#libs/domain';
import { packageFile } from './package-root.js';

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

/** Each is loaded when it is asked for: what only `serve` needs takes a second to load. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./commands/serve.command.js')).serveCommand(),
  prepare: async () => (await import('./commands/prepare.command.js')).prepareCommand(),
  verify: async () => (await import('./commands/verify.command.js')).verifyCommand(),
  translate: async () => (await import('./commands/translate.command.js')).translateCommand(),
  tokenize: async () => (await import('./commands/tokenize.command.js')).tokenizeCommand(),
  synthesize: async () => (await import('./commands/synthesize.command.js')).synthesizeCommand(),
  stress: async () => (await import('./commands/stress.command.js')).stressCommand(),
  load: async () => (await import('./commands/load.command.js')).loadCommand(),
};

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
  for (const command of await findCommands(process.argv[2]))
    program.addCommand(command.copyInheritedSettings(program));
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** The command of that name, or all where there is none: the help lists them, and a slip gets a suggestion. */
function findCommands(name = ''): Promise<Command[]> {
  const isCommand = Object.hasOwn(COMMANDS, name);
  const wanted = Object.entries(COMMANDS).filter(([known]) => !isCommand || known === name);
  return Promise.all(wanted.map(([, load]) => load()));
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
