import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../apps/cli/bin/babelserve.mjs', import.meta.url));
const SETUP_SCRIPT = fileURLToPath(new URL('./peers/setup.sh', import.meta.url));

/** A random checkpoint of the 418M shape, and the same prepared for our engine. */
export interface BenchModels {
  readonly checkpointFolder: string;
  readonly preparedFolder: string;
}

/** The same checkpoint, for the programs that we compare with. */
export interface PeerModels {
  /** A Python that has what `peers/requirements.txt` lists. */
  readonly python: string;
  readonly ctranslate2Folder: string;
}

/** Makes what is missing in `folder`. What is there is taken as it is, whatever compiler made it. */
export function ensureModels(folder: string): BenchModels {
  const checkpointFolder = join(folder, 'm2m100-418m');
  const preparedFolder = join(folder, 'm2m100-418m-int8');
  if (!existsSync(checkpointFolder))
    runCli(['synthesize', '--shape', 'm2m100-418m', '--output', checkpointFolder]);
  if (!existsSync(preparedFolder))
    runCli(['prepare', checkpointFolder, '--output', preparedFolder, '--precision', 'int8']);
  return { checkpointFolder, preparedFolder };
}

/** Installs and converts what is missing in `folder`: the first time it downloads about a gigabyte. */
export function ensurePeers(folder: string, checkpointFolder: string): PeerModels {
  execFileSync('bash', [SETUP_SCRIPT, checkpointFolder, folder], OUTPUT_TO_STDERR);
  return {
    python: join(folder, 'venv/bin/python'),
    ctranslate2Folder: join(folder, 'ctranslate2-int8'),
  };
}

const OUTPUT_TO_STDERR = { stdio: ['ignore', 2, 2] as ['ignore', number, number] };

function runCli(args: readonly string[]): void {
  execFileSync(process.execPath, [CLI, ...args], OUTPUT_TO_STDERR);
}
