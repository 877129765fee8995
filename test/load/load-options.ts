import { OperatorError } from '#libs/domain';
import { readBenchOptions } from '../bench/bench-options.js';

/** What a run can be told, all in the environment; docs/benchmarks/README.md has the table. */
export interface LoadOptions {
  /** `demo`, the name of a shape that is synthesized, or a prepared folder. */
  readonly model: string;
  /** Holds synthesized models, kept from run to run. */
  readonly folder: string;
  readonly outputFolder: string;
  /** Of each measurement. */
  readonly seconds: number;
  /** How often all that is compared takes its turn. */
  readonly rounds: number;
  readonly deadlineMs: number;
  /** Offered load as multiples of the peak. */
  readonly factors: readonly number[];
  readonly seed: number;
}

export function readLoadOptions(env: NodeJS.ProcessEnv = process.env): LoadOptions {
  const { folder, outputFolder } = readBenchOptions(env);
  const number = (name: string, otherwise: string): number =>
    positive(name, env[name] ?? otherwise);
  return {
    model: env['LOAD_MODEL'] ?? 'demo',
    folder,
    outputFolder,
    seconds: number('LOAD_SECONDS', '30'),
    rounds: number('LOAD_ROUNDS', '5'),
    deadlineMs: number('LOAD_DEADLINE_MS', '10000'),
    factors: (env['LOAD_FACTORS'] ?? '2,5')
      .split(',')
      .map((text) => positive('LOAD_FACTORS', text)),
    seed: number('LOAD_SEED', '20261125'),
  };
}

export function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(Number.isFinite(value) && value > 0))
    throw new OperatorError(`${name} is ${JSON.stringify(text)}; a number above 0 is expected.`);
  return value;
}
