import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRunFacts, type RunFacts } from '../bench/machine.js';
import { writeReport } from '../bench/report-file.js';
import { RunningService } from '../support/service.js';
import { loadModelOf } from './load-model.js';
import { readLoadOptions } from './load-options.js';
import { loadSection, type MeasuredOptions, targetsOf } from './load-page.js';
import { type LoadRun, runLoad } from './overload.js';
import { PATIENCE_MS, TranslationClient } from './translation-client.js';

const HEAD = `# The service under load

\`npm run test:load\` measures this: what the service answers in time when more is asked of it than it can do, and what
probes and operators see of it meanwhile. The generator is a process of its own on the same machine; latency counts
from the moment that a request was due. [README](README.md) has the settings.
`;

/** Results by model, the last of each: a run writes its own and keeps the others. */
type Results = Record<string, { options: MeasuredOptions; facts: RunFacts; run: LoadRun }>;

const options = readLoadOptions();
const model = loadModelOf(options);
let service: RunningService;
let patient: TranslationClient;
let hurried: TranslationClient;

beforeAll(async () => {
  service = await RunningService.start({
    LOG_LEVEL: 'error',
    REQUEST_TIMEOUT_MS: String(PATIENCE_MS),
    ...(model.weights === undefined ? {} : { MODEL_WEIGHTS: model.weights }),
  });
  await service.untilComplete();
  patient = new TranslationClient(service.url, model.texts);
  hurried = new TranslationClient(service.url, model.texts, options.deadlineMs);
});
afterAll(async () => {
  await Promise.all([patient.close(), hurried.close()]);
  await service.stop();
});

it('answers in time what it accepts, and goes on answering probes', async () => {
  const run = await runLoad(patient, hurried, options);
  await publish(run);
  for (const { endings, sent, view } of run.overloads) {
    expect(view.failedProbes).toBe(0);
    // Nothing is lost, whatever the load: each request has one proper answer.
    for (const ending of ['no answer', 'wrong answer']) expect(endings[ending] ?? 0).toBe(0);
    expect(Object.values(endings).reduce((sum, count) => sum + count, 0)).toBe(sent);
  }
  const missed = targetsOf(run, options.deadlineMs).filter(({ isMet }) => !isMet);
  expect(missed).toEqual([]);
});

async function publish(run: LoadRun): Promise<void> {
  const { outputFolder } = options;
  const before = await readFile(join(outputFolder, 'load.json'), 'utf8').then(
    (text) => JSON.parse(text) as Results,
    (): Results => ({}),
  );
  const { model: name, seconds, rounds, deadlineMs, seed } = options;
  const measured: MeasuredOptions = { model: name, seconds, rounds, deadlineMs, seed };
  const results: Results = {
    ...before,
    [name]: { options: measured, facts: await readRunFacts(), run },
  };
  const sections = Object.values(results).map((result) =>
    loadSection(result.run, result.options, result.facts),
  );
  await writeReport(outputFolder, 'load.json', JSON.stringify(results));
  await writeReport(outputFolder, 'load.md', [HEAD, ...sections].join('\n'));
}
