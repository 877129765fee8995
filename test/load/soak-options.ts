import { readLoadOptions, positive } from './load-options.js';

/** What a soak can be told, all in the environment; docs/benchmarks/README.md has the table. */
export interface SoakOptions {
  readonly minutes: number;
  readonly ratePerSecond: number;
  readonly seed: number;
  readonly outputFolder: string;
}

export function readSoakOptions(env: NodeJS.ProcessEnv = process.env): SoakOptions {
  const { outputFolder, seed } = readLoadOptions(env);
  return {
    minutes: positive('SOAK_MINUTES', env['SOAK_MINUTES'] ?? '30'),
    ratePerSecond: positive('SOAK_RATE', env['SOAK_RATE'] ?? '10'),
    seed,
    outputFolder,
  };
}
