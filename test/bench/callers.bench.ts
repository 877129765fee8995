import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, it } from 'vitest';
import { loadModelOf } from '../load/load-model.js';
import { readLoadOptions } from '../load/load-options.js';
import { PATIENCE_MS, TranslationClient } from '../load/translation-client.js';
import { RunningService } from '../support/service.js';
import { type CallersRun, callersPage } from './callers-report.js';
import { readRunFacts } from './machine.js';
import { writeReport } from './report-file.js';

const CALLERS = 64;
const RUNS = 5;
/** What the service compiles, it compiles in the first thousands of requests. */
const WARM_UP_ROUNDS = Number(process.env['CALLERS_WARM_UP_ROUNDS'] ?? '60');
/** Requests of 64 records that the one caller sends in a run. */
const ROUNDS = Number(process.env['CALLERS_ROUNDS'] ?? '10');

const options = readLoadOptions();
const model = loadModelOf(options);
const texts = model.texts.filter(({ fromLang, toLang }) => fromLang === 'en' && toLang === 'de');
let service: RunningService;
let client: TranslationClient;

beforeAll(async () => {
  service = await RunningService.start({
    LOG_LEVEL: 'error',
    BATCH_SIZE: String(CALLERS),
    REQUEST_TIMEOUT_MS: String(PATIENCE_MS),
    ...(model.weights === undefined ? {} : { MODEL_WEIGHTS: model.weights }),
  });
  await service.untilComplete();
  client = new TranslationClient(service.url, texts);
  await manyCallers(WARM_UP_ROUNDS);
});
afterAll(async () => {
  await client.close();
  await service.stop();
});

async function translate(first: number, count: number): Promise<void> {
  const ending = await client.translate(first, count);
  if (ending !== 200) throw new Error(`a request ended with ${ending}`);
}

/** Translates the same texts one request of 64 records after the other; sentences per second. */
async function oneCaller(rounds: number): Promise<number> {
  const startedAtMs = performance.now();
  for (let round = 0; round < rounds; round++) await translate(CALLERS * round, CALLERS);
  return (1000 * CALLERS * rounds) / (performance.now() - startedAtMs);
}

/** The same texts, with 64 callers who each send one record and wait for it. */
async function manyCallers(rounds: number): Promise<number> {
  const startedAtMs = performance.now();
  let next = 0;
  const call = async (): Promise<void> => {
    while (next < CALLERS * rounds) await translate(next++, 1);
  };
  await Promise.all(Array.from({ length: CALLERS }, call));
  return (1000 * CALLERS * rounds) / (performance.now() - startedAtMs);
}

it('translates for many callers what it translates for one', async () => {
  const run: { one: number[]; many: number[] } = { one: [], many: [] };
  for (let turn = 0; turn < RUNS; turn++) {
    run.one.push(await oneCaller(ROUNDS));
    run.many.push(await manyCallers(ROUNDS));
  }
  const before = await readFile(join(options.outputFolder, 'callers.json'), 'utf8').then(
    (text) => JSON.parse(text) as Record<string, CallersRun>,
    (): Record<string, CallersRun> => ({}),
  );
  const result: CallersRun = { facts: await readRunFacts(), sentences: CALLERS * ROUNDS, ...run };
  const runs = { ...before, [options.model]: result };
  await writeReport(options.outputFolder, 'callers.json', JSON.stringify(runs));
  await writeReport(options.outputFolder, 'callers.md', callersPage(runs));
});
