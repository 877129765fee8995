import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Precision, PREPARED_FILES } from '#libs/prepared-model';
import { RunningService } from '../support/service.js';
import { readBenchOptions } from './bench-options.js';
import { readRunFacts } from './machine.js';
import { type PathResult, prepareReport } from './prepare-report.js';
import { writeReport } from './report-file.js';
import { measureCommand, readPeaksMiB } from './watched-process.js';

const options = readBenchOptions();
/** Random weights end no sentence, and what is cut is split smaller and decoded again; one word cannot be. */
const TEXT = 'Station';
/** The most resident memory that preparing may take: 1.2 GB and 2 GB. */
const BOUNDS_MIB = { 'm2m100-418m': 1.2e9 / 2 ** 20, 'm2m100-1.2b': 2e9 / 2 ** 20 };

type Shape = keyof typeof BOUNDS_MIB;
const PATHS: readonly (readonly [Shape, Precision])[] = [
  ['m2m100-418m', 'int8'],
  ['m2m100-418m', 'fp32'],
  ['m2m100-1.2b', 'int8'],
  ['m2m100-1.2b', 'fp32'],
];

describe('the way from a checkpoint to a translation', () => {
  it.each(PATHS)('%s in %s', async (shape, precision) => {
    await mkdir(options.folder, { recursive: true });
    const folder = await mkdtemp(join(options.folder, 'prepare-'));
    try {
      const result = await walk(folder, shape, precision);
      await record(result);
      expect(result.prepare.peakMiB).toBeLessThan(BOUNDS_MIB[shape]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

async function walk(folder: string, shape: Shape, precision: Precision): Promise<PathResult> {
  const checkpoint = join(folder, 'checkpoint');
  const prepared = join(folder, 'prepared');
  const synthesize = await measureCommand(['synthesize', '--shape', shape, '--output', checkpoint]);
  const into = ['--output', prepared, '--precision', precision];
  const prepare = await measureCommand(['prepare', checkpoint, ...into]);
  const again = await measureCommand(['prepare', checkpoint, ...into]);
  const verify = await measureCommand(['verify', prepared, '--source', checkpoint]);
  const { size: weightsBytes } = await stat(join(prepared, PREPARED_FILES.weights));
  const serve = await translateOnce(prepared);
  const run = await readRunFacts();
  return { shape, precision, run, weightsBytes, synthesize, prepare, again, verify, ...serve };
}

/** Serves the model from the start of the process to the answer of the first request. */
async function translateOnce(
  preparedFolder: string,
): Promise<Pick<PathResult, 'ready' | 'request'>> {
  const startedAtMs = performance.now();
  const service = await RunningService.start({
    MODEL_WEIGHTS: preparedFolder,
    REQUEST_TIMEOUT_MS: '240000',
  });
  try {
    const readyAtMs = performance.now();
    const readyPeaks = await readPeaksMiB(service.process.pid ?? 0);
    const records = await service.translate('en', 'de', [TEXT]);
    const answeredAtMs = performance.now();
    expect(records).toHaveLength(1);
    const peaks = await readPeaksMiB(service.process.pid ?? 0);
    return {
      ready: { seconds: (readyAtMs - startedAtMs) / 1000, ...readyPeaks },
      request: { seconds: (answeredAtMs - readyAtMs) / 1000, ...peaks },
    };
  } finally {
    await service.stop();
  }
}

/** Puts a result among those of earlier runs, which may have walked other paths. */
async function record(result: PathResult): Promise<void> {
  const path = join(options.outputFolder, 'prepare.json');
  const earlier = existsSync(path)
    ? (JSON.parse(await readFile(path, 'utf8')) as PathResult[])
    : [];
  const results = PATHS.flatMap(([shape, precision]) => {
    const isIt = (one: PathResult): boolean => one.shape === shape && one.precision === precision;
    return [result, ...earlier].find(isIt) ?? [];
  });
  await writeReport(options.outputFolder, 'prepare.json', JSON.stringify(results));
  const report = prepareReport(results);
  await writeReport(options.outputFolder, 'prepare.md', report);
  process.stdout.write(`\n${report}\n`);
}
