import { arrivalsAtRate, type Ending, Latencies, runOpenLoop } from '#libs/load-testing';
import { RunningService } from '../support/service.js';
import { loadModelOf } from './load-model.js';
import type { LoadOptions } from './load-options.js';
import { measurePeak } from './peak.js';
import { PATIENCE_MS, TranslationClient } from './translation-client.js';

export const JOB_RECORDS = 500;
/** Singles that come in a second, as a part of those that the service can answer. */
export const SINGLES_LOAD = 0.5;

const PEAK_CALLERS = 64;

/** What single requests and a job of many records are to each other. */
export interface JobRun {
  /** One after the other, nobody else there. */
  readonly jobAloneMs: readonly number[];
  readonly singlesPerSecond: number;
  readonly singlesAlone: SinglesView;
  /** Fair, and first come, first served. */
  readonly fair: JobView;
  readonly arrival: JobView;
}

export interface SinglesView {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Jobs beside singles: each job begins when the one before is done, and what is counted ends with the last. */
export interface JobView {
  readonly jobMs: readonly number[];
  readonly singles: SinglesView;
}

/** The same load with and without fairness; the singles' rate is that of the fair service. */
export async function runJobs(options: LoadOptions): Promise<JobRun> {
  const alone = await withService('fair', options, async (client) => {
    const send = (index: number): Promise<Ending> => client.translate(index);
    const peak = await measurePeak(PEAK_CALLERS, 5000, options.seconds * 500, send);
    if (peak === 0) throw new Error(`${PEAK_CALLERS} callers had no answer each: measure longer`);
    const singlesPerSecond = SINGLES_LOAD * peak;
    const jobAloneMs = [await jobMs(client), await jobMs(client)];
    const endMs = options.seconds * 1000;
    const singlesAlone = await singles(client, singlesPerSecond, endMs, options.seed);
    return { jobAloneMs, singlesPerSecond, singlesAlone };
  });
  const beside = (order: QueueOrder): Promise<JobView> =>
    withService(order, options, (client) =>
      jobsBesideSingles(client, alone.singlesPerSecond, options),
    );
  return { ...alone, fair: await beside('fair'), arrival: await beside('arrival') };
}

type QueueOrder = 'fair' | 'arrival';

async function withService<Result>(
  order: QueueOrder,
  options: LoadOptions,
  run: (client: TranslationClient) => Promise<Result>,
): Promise<Result> {
  const model = loadModelOf(options);
  const service = await RunningService.start({
    LOG_LEVEL: 'error',
    QUEUE_ORDER: order,
    REQUEST_TIMEOUT_MS: String(PATIENCE_MS),
    ...(model.weights === undefined ? {} : { MODEL_WEIGHTS: model.weights }),
  });
  await service.untilComplete();
  const client = new TranslationClient(service.url, model.texts);
  try {
    return await run(client);
  } finally {
    await client.close();
    await service.stop();
  }
}

async function jobMs(client: TranslationClient): Promise<number> {
  const startedAtMs = performance.now();
  const ending = await client.translate(0, JOB_RECORDS);
  if (ending !== 200) throw new Error(`a job of ${JOB_RECORDS} records ended in ${ending}`);
  return performance.now() - startedAtMs;
}

async function jobsBesideSingles(
  client: TranslationClient,
  singlesPerSecond: number,
  { seconds, seed }: LoadOptions,
): Promise<JobView> {
  const jobs: number[] = [];
  const startedAtMs = performance.now();
  const runJobsInTurn = async (): Promise<void> => {
    while (performance.now() - startedAtMs < seconds * 1000) jobs.push(await jobMs(client));
  };
  const [, beside] = await Promise.all([
    runJobsInTurn(),
    singles(client, singlesPerSecond, seconds * 1000, seed),
  ]);
  return { jobMs: jobs, singles: beside };
}

async function singles(
  client: TranslationClient,
  perSecond: number,
  durationMs: number,
  seed: number,
): Promise<SinglesView> {
  const arrivals = arrivalsAtRate('poisson', perSecond, durationMs, seed);
  const answers = await runOpenLoop({
    arrivals,
    send: (index) => client.translate(index),
    maxOpen: Infinity,
  });
  const latencies = new Latencies();
  for (const { ending, scheduledAtMs, answeredAtMs } of answers) {
    if (ending !== 200) throw new Error(`a single request ended in ${ending}`);
    latencies.record(answeredAtMs - scheduledAtMs);
  }
  return {
    count: answers.length,
    p50Ms: latencies.percentileMs(50) ?? 0,
    p99Ms: latencies.percentileMs(99) ?? 0,
  };
}
