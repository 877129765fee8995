import {
  type Answer,
  arrivalsAtRate,
  type Ending,
  Latencies,
  runOpenLoop,
} from '#libs/load-testing';
import type { LoadOptions } from './load-options.js';
import { askInTurn, measurePeak } from './peak.js';
import { type ServiceView, watchService } from './service-watch.js';
import type { TranslationClient } from './translation-client.js';

/** The service under a multiple of the load that it can bear. */
export interface Overload {
  readonly factor: number;
  /** The mean of those measured before and afterwards: a machine may become slower meanwhile. */
  readonly peakPerSecond: number;
  /** The factor times the peak before. */
  readonly offeredPerSecond: number;
  readonly sent: number;
  /** Answers in time per second, once the queue is as long as it gets. */
  readonly goodputPerSecond: number;
  readonly endings: Readonly<Record<string, number>>;
  readonly acceptedP50Ms: number;
  readonly acceptedP99Ms: number;
  /** Of those that got neither a translation nor 504. */
  readonly refusalP99Ms: number;
  readonly lateAnswers: number;
  readonly generatorLagP99Ms: number;
  readonly view: ServiceView;
}

export interface LoadRun {
  readonly idle: ServiceView;
  readonly overloads: readonly Overload[];
}

/** Twice what one engine decodes at once: there is always somebody who waits. */
const PEAK_CALLERS = 64;
const IDLE_MS = 10_000;

/**
 * Idle, peak, then each multiple of the peak, and the peak again after each.
 *
 * @param patient asks without a deadline: at the peak somebody always waits, however long a translation takes
 * @param hurried asks with the deadline
 */
export async function runLoad(
  patient: TranslationClient,
  hurried: TranslationClient,
  options: LoadOptions,
): Promise<LoadRun> {
  const durationMs = options.seconds * 1000;
  const send = (index: number): Promise<Ending> => patient.translate(index);
  const warmUpMs = Math.min(10_000, durationMs / 3);
  // What is idle is a service that has worked: the first requests of a process compile its code.
  await askInTurn(PEAK_CALLERS, warmUpMs / 2, send);
  const idle = await watchService(hurried, IDLE_MS);
  const measure = (): Promise<number> => measurePeak(PEAK_CALLERS, warmUpMs, durationMs, send);
  const overloads: Overload[] = [];
  let before = await measure();
  for (const factor of options.factors) {
    const measured = await overload(hurried, factor, factor * before, options);
    const after = await measure();
    overloads.push({ ...measured, peakPerSecond: (before + after) / 2 });
    before = after;
  }
  return { idle, overloads };
}

async function overload(
  client: TranslationClient,
  factor: number,
  offeredPerSecond: number,
  { deadlineMs, seconds, seed }: LoadOptions,
): Promise<Omit<Overload, 'peakPerSecond'>> {
  // The queue is as long as it gets when the first deadline has passed; what is counted begins there.
  const settleMs = deadlineMs;
  const endMs = settleMs + seconds * 1000;
  const arrivals = arrivalsAtRate('poisson', offeredPerSecond, endMs, seed);
  const [answers, view] = await Promise.all([
    runOpenLoop({ arrivals, send: (index) => client.translate(index), maxOpen: Infinity }),
    watchService(client, endMs),
  ]);
  const accepted = answers.filter(({ ending }) => ending === 200);
  const inTime = accepted.filter((answer) => latencyMs(answer) <= deadlineMs);
  const counted = inTime.filter(
    ({ answeredAtMs }) => answeredAtMs >= settleMs && answeredAtMs < endMs,
  );
  const refused = answers.filter(({ ending }) => ending !== 200 && ending !== 504);
  return {
    factor,
    offeredPerSecond,
    sent: answers.length,
    goodputPerSecond: counted.length / seconds,
    endings: countEndings(answers),
    acceptedP50Ms: latenciesOf(accepted).percentileMs(50) ?? 0,
    acceptedP99Ms: latenciesOf(accepted).percentileMs(99) ?? 0,
    refusalP99Ms: latenciesOf(refused).percentileMs(99) ?? 0,
    lateAnswers: accepted.length - inTime.length,
    generatorLagP99Ms: lagOf(answers).percentileMs(99) ?? 0,
    view,
  };
}

function latencyMs({ answeredAtMs, scheduledAtMs }: Answer): number {
  return answeredAtMs - scheduledAtMs;
}

function latenciesOf(answers: readonly Answer[]): Latencies {
  const latencies = new Latencies();
  for (const answer of answers) latencies.record(latencyMs(answer));
  return latencies;
}

/** How late requests were sent. Where it is long, it was the generator that was overloaded. */
function lagOf(answers: readonly Answer[]): Latencies {
  const lag = new Latencies();
  for (const { sentAtMs, scheduledAtMs } of answers)
    lag.record(Math.max(0, sentAtMs - scheduledAtMs));
  return lag;
}

function countEndings(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { ending } of answers) counts[ending] = (counts[ending] ?? 0) + 1;
  return counts;
}
