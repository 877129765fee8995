import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadModelOf } from '../load/load-model.js';
import { readLoadOptions } from '../load/load-options.js';
import { RunningService } from '../support/service.js';
import { readRunFacts } from './machine.js';
import { writePlot, writeReport } from './report-file.js';
import { EXPERIMENTS, runExperiment, type StressResult } from './stress-experiments.js';
import { stressPage, type StressRun } from './stress-report.js';

const options = readLoadOptions();
const model = loadModelOf(options);
const WARM_UP_TEXTS = 32;
let service: RunningService;

beforeAll(async () => {
  service = await RunningService.start({
    LOG_LEVEL: 'error',
    ...(model.weights === undefined ? {} : { MODEL_WEIGHTS: model.weights }),
  });
  await service.untilComplete();
  // The first requests of a process compile its code.
  const texts = model.texts.slice(0, WARM_UP_TEXTS).map(({ text }) => text);
  await service.translate('en', 'de', texts);
});
afterAll(() => service.stop());

it('takes the six published experiments', async () => {
  const results: StressResult[] = [];
  for (const experiment of EXPERIMENTS) {
    const keepPlot = (name: string, svg: string): Promise<void> =>
      writePlot(join(options.outputFolder, 'stress', options.model), name, svg);
    results.push(await runExperiment(experiment, service.url, model, keepPlot));
  }
  const file = join(options.outputFolder, 'stress.json');
  const before = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Record<string, StressRun>,
    (): Record<string, StressRun> => ({}),
  );
  const runs = { ...before, [options.model]: { facts: await readRunFacts(), results } };
  await writeReport(options.outputFolder, 'stress.json', JSON.stringify(runs));
  await writeReport(options.outputFolder, 'stress.md', stressPage(runs));
  // Whatever the load, each request has a proper answer: a translation, or a refusal in time.
  const statuses = results.flatMap(({ measurement }) => Object.keys(measurement.endings));
  expect(statuses.filter((ending) => !/^status (200|503|504)$/.test(ending))).toEqual([]);
});
