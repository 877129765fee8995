import { type Answer, arrivalsAtRate, Latencies, runOpenLoop } from '#libs/load-testing';
import type { LoadOptions } from './load-options.js';
import { askInTurn, measurePeak } from './peak.js';
import { servedPerSecond } from './served-rate.js';
import { type ServiceView, watchService, worstOf } from './service-watch.js';
import type { TranslationClient } from './translation-client.js';

/** The service under a multiple of the load that it can bear, over all rounds. */
export interface Overload {
  readonly factor: number;
  /** In each round the factor times the peak as it was known by then; the mean. */
  readonly offeredPerSecond: number;
  readonly sent: number;
  /** Answers in time per second, while the queue is as long as it gets; of each round. */
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
  /** The worst of each that any of these peaks has seen. */
  readonly peakView: ServiceView;
  /** What the largest number of callers gets translated without a deadline; once, before the rounds. */
  readonly patientPerSecond: number;
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
 * Idle; trials, which find the number of callers for the peak; the most callers without a deadline; then rounds of all that
 * is compared: callers in a closed loop, and each multiple of their peak. Machines become slower and quicker, and what
 * takes turns has as much of both. Were the peak the largest of the trials themselves, it would be that of the
 * quickest moment. All of them are watched: probes take from what they look at.
 *
 * @param patient asks without a deadline
 * @param hurried asks with the deadline
 */
export async function runLoad(
  patient: TranslationClient,
  hurried: TranslationClient,
  options: LoadOptions,
): Promise<LoadRun> {
  // What is idle is a service that has worked: the first requests of a process compile its code.
  await askInTurn(MOST_CALLERS, options.deadlineMs / 2, (index) => patient.translate(index));
  const idle = await watchService(hurried, IDLE_MS);
  const trials: Trial[] = [];
  for (const callers of CALLERS) {
    const { perSecond } = await closedLoop(hurried, callers, options);
    trials.push({ callers, goodputPerSecond: perSecond });
  }
  const { perSecond: patientPerSecond } = await closedLoop(patient, MOST_CALLERS, options);
  const peaks: ClosedLoop[] = [];
  const rounds: OverloadRound[][] = options.factors.map(() => []);
  for (let round = 0; round < options.rounds; round++) {
    peaks.push(await closedLoop(hurried, bestOf(trials), options));
    const peak = mean(peaks.map(({ perSecond }) => perSecond));
    for (const [index, factor] of options.factors.entries())
      rounds[index]?.push(await overload(hurried, factor * peak, options));
  }
  return {
    idle,
    trials,
    peaksPerSecond: peaks.map(({ perSecond }) => perSecond),
    peakView: worstOf(peaks.map(({ view }) => view)),
    patientPerSecond,
    overloads: options.factors.map((factor, index) => summarize(factor, rounds[index] ?? [])),
  };
}

interface ClosedLoop {
  readonly perSecond: number;
  readonly view: ServiceView;
}

/** Before and after what is counted there is the same load, for a deadline: by then the queue is as long as it gets. */
async function closedLoop(
  client: TranslationClient,
  callers: number,
  { deadlineMs, seconds }: LoadOptions,
): Promise<ClosedLoop> {
  const durationMs = seconds * 1000;
  const [perSecond, view] = await Promise.all([
    measurePeak(callers, deadlineMs, durationMs, (index) => client.translate(index)),
    watchService(client, deadlineMs + durationMs + deadlineMs),
  ]);
  return { perSecond, view };
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
  const startMs = deadlineMs;
  const endMs = startMs + seconds * 1000;
  const loadEndMs = endMs + deadlineMs;
  const arrivals = arrivalsAtRate('poisson', offeredPerSecond, loadEndMs, seed);
  const [answers, view] = await Promise.all([
    runOpenLoop({ arrivals, send: (index) => client.translate(index), maxOpen: Infinity }),
    watchService(client, loadEndMs),
  ]);
  const inTime = answers.filter(
    (answer) => answer.ending === 200 && latencyMs(answer) <= deadlineMs,
  );
  return {
    offeredPerSecond,
    goodputPerSecond: servedPerSecond(inTime, startMs, endMs),
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
