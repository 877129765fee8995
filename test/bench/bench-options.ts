import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OperatorError } from '#libs/domain';

const PACKAGE_ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What a run of the benchmarks can be told, all in the environment; docs/benchmarks/README.md has the table. */
export interface BenchOptions {
  /** Holds the models and the programs to compare with: gigabytes, kept from run to run. */
  readonly folder: string;
  /** Where results are written. */
  readonly outputFolder: string;
  readonly repetitions: number;
  /** Batch sizes of the work in which all sentences have the same length. */
  readonly sentences: readonly number[];
  /** Sentences of the work with mixed lengths; 0 leaves it out. */
  readonly raggedSentences: number;
  readonly invarianceSentences: number;
}

export function readBenchOptions(env: NodeJS.ProcessEnv = process.env): BenchOptions {
  const cacheFolder = env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return {
    folder: resolve(env['BENCH_DIR'] ?? join(cacheFolder, 'babelserve-bench')),
    outputFolder: resolve(env['BENCH_OUTPUT'] ?? join(PACKAGE_ROOT, 'docs/benchmarks')),
    repetitions: count('BENCH_REPETITIONS', env['BENCH_REPETITIONS'] ?? '5', 1),
    sentences: (env['BENCH_SENTENCES'] ?? '1,8,32,64')
      .split(',')
      .map((text) => count('BENCH_SENTENCES', text, 1)),
    raggedSentences: count('BENCH_RAGGED_SENTENCES', env['BENCH_RAGGED_SENTENCES'] ?? '256', 0),
    invarianceSentences: count(
      'BENCH_INVARIANCE_SENTENCES',
      env['BENCH_INVARIANCE_SENTENCES'] ?? '1000',
      1,
    ),
  };
}

function count(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new OperatorError(
      `${name} is ${JSON.stringify(text)}; a whole number from ${least} on is expected.`,
    );
  return value;
}
