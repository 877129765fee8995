import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Measurement } from '#libs/load-testing';
import { runCommand } from '../support/command-line.js';
import type { LoadModel } from '../load/load-model.js';

/** A stress test whose figures were published for FastAPI and transformers on a V100. */
export interface Experiment {
  readonly paySize: number;
  readonly sleepSeconds: number;
  readonly published: { readonly successPercent: number; readonly averageSeconds: number };
}

export const EXPERIMENTS: readonly Experiment[] = [
  experiment(1, 0.5, 100, 0.41),
  experiment(16, 0.5, 100, 0.62),
  experiment(1, 0.1, 100, 0.42),
  experiment(16, 0.1, 43, 10.37),
  experiment(1, 0.01, 36, 3.27),
  experiment(16, 0.01, 36, 13.69),
];
const REQUESTS = 100;

function experiment(
  paySize: number,
  sleepSeconds: number,
  successPercent: number,
  averageSeconds: number,
): Experiment {
  return { paySize, sleepSeconds, published: { successPercent, averageSeconds } };
}

export interface StressResult {
  readonly paySize: number;
  readonly sleepSeconds: number;
  readonly measurement: Measurement;
}

/** Runs `babelserve stress` against a service; its plots go to `keepPlot` by name. */
export async function runExperiment(
  { paySize, sleepSeconds }: Experiment,
  url: string,
  { texts }: LoadModel,
  keepPlot: (name: string, svg: string) => Promise<void>,
): Promise<StressResult> {
  const work = await mkdtemp(join(tmpdir(), 'stress-'));
  try {
    const file = join(work, 'texts');
    const english = texts.filter(({ fromLang, toLang }) => fromLang === 'en' && toLang === 'de');
    await writeFile(file, english.map(({ text }) => text).join('\n'));
    const report = join(work, 'report');
    const { exitCode, errorLines } = await runCommand(
      ...['stress', '--url', url, '--pay-size', String(paySize), '--num-req', String(REQUESTS)],
      ...['--sleep', String(sleepSeconds), '--texts', file, '--report', report],
    );
    if (exitCode !== 0) throw new Error(errorLines.join('\n'));
    for (const plot of ['response-times', 'batch', 'queue', 'cpu', 'memory'])
      await keepPlot(
        `${paySize}-every-${sleepSeconds}-${plot}.svg`,
        await readFile(join(report, `${plot}.svg`), 'utf8').catch(() => ''),
      );
    const { measurement } = JSON.parse(await readFile(join(report, 'report.json'), 'utf8')) as {
      measurement: Measurement;
    };
    return { paySize, sleepSeconds, measurement };
  } finally {
    await rm(work, { recursive: true });
  }
}
