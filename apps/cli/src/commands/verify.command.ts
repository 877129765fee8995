import { Command, Option } from 'commander';
import { OperatorError } from '#libs/domain';
import { readManifest, type Release } from '#libs/prepared-model';
import {
  type Check,
  GOLDEN_VALUES,
  type VerificationReport,
  verifyPrepared,
} from '#libs/verification';
import { ProgressDisplay } from '../progress-display.js';
import { demoSourceOf } from '../demo-source.js';

interface CommandOptions {
  readonly source?: string;
  readonly as?: Release;
  readonly json?: true;
}

const MARKS: Readonly<Record<Check['outcome'], string>> = {
  passed: '✓',
  different: '✗',
  shown: '·',
  'left-out': '–',
};

export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'Check a prepared model: its files, its graphs against the weights that they come from, and what was published of a release.',
    )
    .argument('<dir>', 'a prepared folder')
    .option(
      '-s, --source <dir>',
      'the checkpoint that it was prepared from (the demo model is known)',
    )
    .addOption(
      new Option(
        '--as <release>',
        'hold it against the published values of this release, which it is not known to be by itself',
      ).choices([...GOLDEN_VALUES.keys()]),
    )
    .option('--json', 'write the report as JSON')
    .action(async (folder: string, options: CommandOptions) => {
      const report = await verify(folder, options);
      if (options.json === true) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      else for (const line of linesOf(report)) process.stdout.write(`${line}\n`);
      const different = report.checks.filter(({ outcome }) => outcome === 'different');
      if (different.length > 0)
        throw new OperatorError(
          `${folder} is not as it should be: ${different.map(({ name }) => name).join(', ')}. Prepare it again from its source.`,
        );
    });
}

async function verify(folder: string, options: CommandOptions): Promise<VerificationReport> {
  const manifest = await readManifest(folder);
  const release = options.as ?? manifest.release;
  const values = release === undefined ? undefined : GOLDEN_VALUES.get(release);
  const display = new ProgressDisplay();
  try {
    return await verifyPrepared({
      folder,
      source: options.source ?? (await demoSourceOf(manifest)),
      golden: release === undefined || values === undefined ? undefined : { release, values },
      onProgress: (progress) => {
        display.update(progress);
      },
    });
  } finally {
    display.stop();
  }
}

function linesOf({ folder, family, precision, release, checks }: VerificationReport): string[] {
  const name = family === 'small100' ? 'SMaLL-100' : 'M2M100';
  const title = `${folder}: ${name}, ${precision}${release === undefined ? '' : `, held against ${release}`}`;
  return [
    title,
    ...checks.flatMap((check) => [
      `${MARKS[check.outcome]} ${check.name}: ${check.summary}`,
      ...check.details.map((line) => `    ${line}`),
    ]),
  ];
}
