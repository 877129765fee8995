import { setTimeout as delay } from 'node:timers/promises';
import { randomInteger, seededRandom } from '../../libs/testing/src/seeded-random.js';
import { arrivalsAtRate, parseScrape } from '#libs/load-testing';
import { Crowd, type Tally, TEXTS } from '../faults/crowd.js';
import type { RunningService } from '../support/service.js';
import type { SoakOptions } from './soak-options.js';

/** Part of the callers that go away before their answer, and when at the latest. */
const LEAVING_SHARE = 0.2;
const LEAVES_WITHIN_MS = 400;
/** Part of the requests that have all the texts in them. */
const LARGE_SHARE = 0.05;
const SAMPLE_INTERVAL_MS = 10_000;
const SETTLE_MS = 5000;
const SETTLE_LIMIT_MS = 60_000;

/** What has to be the same when all is over, in the order of the page. */
export const LEVELS = [
  'translation_queue_tokens',
  'translation_queue_segments',
  'translation_inflight_requests',
  'translation_active_rows',
  'process_open_fds',
  'nodejs_active_handles_total',
] as const;

export type Levels = Readonly<Record<(typeof LEVELS)[number], number>>;

/** Resident memory at a moment. */
export interface MemorySample {
  readonly atMs: number;
  readonly serviceBytes: number;
  readonly engineBytes: number;
}

export interface SoakRun {
  readonly minutes: number;
  readonly tally: Tally;
  readonly before: Levels;
  readonly after: Levels;
  readonly memory: readonly MemorySample[];
}

/** Callers who come at random, some of whom leave at random, for a long time. */
export async function runSoak(service: RunningService, options: SoakOptions): Promise<SoakRun> {
  const { minutes, ratePerSecond, seed } = options;
  await warmUp(service);
  const before = await settledLevels(service, undefined);
  const crowd = await Crowd.meet(service);
  const random = seededRandom(seed);
  const durationMs = minutes * 60_000;
  const startedAtMs = performance.now();
  const memory: MemorySample[] = [];
  const sampling = setInterval(() => {
    void sampleMemory(service, startedAtMs).then((sample) => memory.push(sample));
  }, SAMPLE_INTERVAL_MS);
  const open: Promise<unknown>[] = [];
  for (const atMs of arrivalsAtRate('poisson', ratePerSecond, durationMs, seed)) {
    await delay(Math.max(0, atMs - (performance.now() - startedAtMs)));
    open.push(comeBy(crowd, random));
  }
  await Promise.all(open);
  clearInterval(sampling);
  crowd.leave();
  return {
    minutes,
    tally: crowd.tally,
    before,
    after: await settledLevels(service, before),
    memory,
  };
}

/** Memory that is taken once, with the first work of each kind, is no leak. */
async function warmUp(service: RunningService): Promise<void> {
  const crowd = await Crowd.meet(service);
  const asking = crowd.keepAsking(8);
  await crowd.untilAnswered(300);
  await asking.stop();
  crowd.leave();
}

async function comeBy(crowd: Crowd, random: () => number): Promise<void> {
  const leave =
    random() < LEAVING_SHARE ? { leaveAfterMs: randomInteger(random, 0, LEAVES_WITHIN_MS) } : {};
  if (random() >= LARGE_SHARE) {
    await crowd.ask(leave);
    return;
  }
  const records = TEXTS.map((text, id) => ({ id, text }));
  await crowd.send(JSON.stringify({ payload: { fromLang: 'en', toLang: 'de', records } }), leave);
}

/** Levels once they are those of `wanted`, or do not come to be; what they come to by themselves without it. */
async function settledLevels(service: RunningService, wanted: Levels | undefined): Promise<Levels> {
  await delay(SETTLE_MS);
  for (let waitedMs = 0; ; waitedMs += SETTLE_MS) {
    const levels = await readLevels(service);
    const isBack = LEVELS.every((name) => levels[name] <= (wanted?.[name] ?? Infinity));
    if (isBack || waitedMs >= SETTLE_LIMIT_MS) return levels;
    await delay(SETTLE_MS);
  }
}

async function readLevels(service: RunningService): Promise<Levels> {
  const levels = {} as Record<(typeof LEVELS)[number], number>;
  for (const name of LEVELS) levels[name] = await service.metric(name);
  return levels;
}

async function sampleMemory(service: RunningService, startedAtMs: number): Promise<MemorySample> {
  const scrape = parseScrape(await (await fetch(`${service.url}/metrics`)).text());
  return {
    atMs: performance.now() - startedAtMs,
    serviceBytes: scrape.get('process_resident_memory_bytes') ?? NaN,
    engineBytes: scrape.get('translation_engine_resident_memory_bytes') ?? NaN,
  };
}
