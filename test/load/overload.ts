import { type Answer, arrivalsAtRate, Latencies, runOpenLoop } from '#libs/load-testing';
import type { LoadOptions } from './load-options.js';
import { askInTurn, measurePeak } from './peak.js';
import { type ServiceView, watchService, worstOf } from './service-watch.js';
import type { TranslationClient } from './translation-client.js';

/** The service under a multiple of the load that it can bear, over all rounds. */
export interface Overload {
  readonly factor: number;
  /** In each round the factor times the peak as it was known by then; the mean. */
  readonly offeredPerSecond: number;
  readonly sent: number;
  /** Answers in time per second, once the queue is as long as it gets; of each round. */
  readonly goodputsPerSecond: readonly number[];
  readonly endings: Readonly<Record<string, number>>;
  readonly acceptedP50Ms: number;
  readonly acceptedP99Ms: number;
  /** Of those that got neither a translation nor 504. */
  readonly refusalP99Ms: number;
  readonly lateAnswers: number;
  readonly generatorLagP99Ms: number;
  /** The worst of each that any round has seen. */
  readonly view: ServiceView;
}

/** What so many callers in a closed loop get translated in a second, each request within the deadline. */
export interface Trial {
  readonly callers: number;
  readonly goodputPerSecond: number;
}

export interface LoadRun {
  readonly idle: ServiceView;
  /** Once for each number of callers, before the rounds. */
  readonly trials: readonly Trial[];
  /** Of each round: what the number of callers gets translated that did best in its trial. */
  readonly peaksPerSecond: readonly number[];
  /** What the largest number of callers gets translated without a deadline; of each round. */
  readonly patientPerSecond: readonly number[];
  readonly overloads: readonly Overload[];
}

/** The largest is twice what one engine decodes at once: there is always somebody who waits. */
const CALLERS = [16, 32, 48, 64] as const;
const MOST_CALLERS = CALLERS[3];
const IDLE_MS = 10_000;

/** The number of callers that suits the service best. */
export function bestOf(trials: readonly Trial[]): number {
  const [best] = trials.toSorted((one, other) => other.goodputPerSecond - one.goodputPerSecond);
  if (best !== undefined && best.goodputPerSecond > 0) return best.callers;
  throw new Error('no number of callers was translated in time, not once each: measure longer');
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Idle; trials, which find the number of callers for the peak; then rounds of all that is compared: that many callers in a
 * closed loop, the most without a deadline, and each multiple of the peak. Machines become slower and quicker, and what
 * takes turns has as much of both. Were the peak the largest of the trials themselves, it would be that of the
 * quickest moment.
 *
 * @param patient asks without a deadline
 * @param hurried asks with the deadline
 */
export async function runLoad(
  patient: TranslationClient,
  hurried: TranslationClient,
  options: LoadOptions,
): Promise<LoadRun> {
  const durationMs = options.seconds * 1000;
  const warmUpMs = Math.min(10_000, durationMs / 3);
  // What is idle is a service that has worked: the first requests of a process compile its code.
  await askInTurn(MOST_CALLERS, warmUpMs / 2, (index) => patient.translate(index));
  const idle = await watchService(hurried, IDLE_MS);
  const measure = (client: TranslationClient, callers: number): Promise<number> =>
    measurePeak(callers, warmUpMs, durationMs, (index) => client.translate(index));
  const trials: Trial[] = [];
  for (const callers of CALLERS)
    trials.push({ callers, goodputPerSecond: await measure(hurried, callers) });
  const peaksPerSecond: number[] = [];
  const patientPerSecond: number[] = [];
  const rounds: OverloadRound[][] = options.factors.map(() => []);
  for (let round = 0; round < options.rounds; round++) {
    peaksPerSecond.push(await measure(hurried, bestOf(trials)));
    patientPerSecond.push(await measure(patient, MOST_CALLERS));
    for (const [index, factor] of options.factors.entries())
      rounds[index]?.push(await overload(hurried, factor * mean(peaksPerSecond), options));
  }
  const overloads = options.factors.map((factor, index) => summarize(factor, rounds[index] ?? []));
  return { idle, trials, peaksPerSecond, patientPerSecond, overloads };
}

/** What one round has seen. */
interface OverloadRound {
  readonly offeredPerSecond: number;
  readonly goodputPerSecond: number;
  readonly answers: readonly Answer[];
  readonly inTime: readonly Answer[];
  readonly view: ServiceView;
}

async function overload(
  client: TranslationClient,
  offeredPerSecond: number,
  { deadlineMs, seconds, seed }: LoadOptions,
): Promise<OverloadRound> {
  // The queue is as long as it gets when the first deadline has passed; what is counted begins there.
  const settleMs = deadlineMs;
  const endMs = settleMs + seconds * 1000;
  const arrivals = arrivalsAtRate('poisson', offeredPerSecond, endMs, seed);
  const [answers, view] = await Promise.all([
    runOpenLoop({ arrivals, send: (index) => client.translate(index), maxOpen: Infinity }),
    watchService(client, endMs),
  ]);
  const inTime = answers.filter(
    (answer) => answer.ending === 200 && latencyMs(answer) <= deadlineMs,
  );
  const counted = inTime.filter(
    ({ answeredAtMs }) => answeredAtMs >= settleMs && answeredAtMs < endMs,
  );
  return {
    offeredPerSecond,
    goodputPerSecond: counted.length / seconds,
    answers,
    inTime,
    view,
  };
}

function summarize(factor: number, rounds: readonly OverloadRound[]): Overload {
  const answers = rounds.flatMap((round) => round.answers);
  const accepted = answers.filter(({ ending }) => ending === 200);
  const refused = answers.filter(({ ending }) => ending !== 200 && ending !== 504);
  return {
    factor,
    offeredPerSecond: mean(rounds.map(({ offeredPerSecond }) => offeredPerSecond)),
    sent: answers.length,
    goodputsPerSecond: rounds.map(({ goodputPerSecond }) => goodputPerSecond),
    endings: countEndings(answers),
    acceptedP50Ms: latenciesOf(accepted).percentileMs(50) ?? 0,
    acceptedP99Ms: latenciesOf(accepted).percentileMs(99) ?? 0,
    refusalP99Ms: latenciesOf(refused).percentileMs(99) ?? 0,
    lateAnswers: accepted.length - rounds.reduce((sum, { inTime }) => sum + inTime.length, 0),
    generatorLagP99Ms: lagOf(answers).percentileMs(99) ?? 0,
    view: worstOf(rounds.map(({ view }) => view)),
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
