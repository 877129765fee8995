import { Latencies } from './latencies.js';
import type { Answer, Ending } from './open-loop.js';

const PERCENTILES = [50, 75, 90, 95, 99, 99.9] as const;

/** Response times of the successful requests, in milliseconds. */
export interface ResponseTimes {
  readonly averageMs: number;
  readonly minimumMs: number;
  readonly maximumMs: number;
  /** By percentile. */
  readonly percentilesMs: Readonly<Record<string, number>>;
}

/** What became of the requests that were due in a span of time. */
export interface Measurement {
  /** Length of the span: what goes into the rates. */
  readonly spanMs: number;
  readonly requests: number;
  readonly successful: number;
  /** Successful within the deadline. */
  readonly inTime: number;
  /** By status or the reason why there is none, the most frequent first. */
  readonly endings: Readonly<Record<string, number>>;
  /** Undefined where no request was successful. */
  readonly responseTimes: ResponseTimes | undefined;
  /** 99th percentile of how late requests were sent; a long one means that the generator was overloaded. */
  readonly generatorLagP99Ms: number;
}

/** From the moment that a request was due, not from when it was sent. */
export function responseTimeMs({ answeredAtMs, scheduledAtMs }: Answer): number {
  return answeredAtMs - scheduledAtMs;
}

export function measure(
  answers: readonly Answer[],
  spanMs: number,
  deadlineMs = Infinity,
): Measurement {
  const successful = answers.filter(({ ending }) => ending === 200);
  const lag = new Latencies();
  for (const { sentAtMs, scheduledAtMs } of answers) lag.record(sentAtMs - scheduledAtMs);
  return {
    spanMs,
    requests: answers.length,
    successful: successful.length,
    inTime: successful.filter((answer) => responseTimeMs(answer) <= deadlineMs).length,
    endings: countEndings(answers),
    responseTimes: responseTimesOf(successful.map(responseTimeMs)),
    generatorLagP99Ms: lag.percentileMs(99) ?? 0,
  };
}

function responseTimesOf(timesMs: readonly number[]): ResponseTimes | undefined {
  if (timesMs.length === 0) return undefined;
  const latencies = new Latencies();
  let [sumMs, minimumMs, maximumMs] = [0, Infinity, 0];
  for (const timeMs of timesMs) {
    latencies.record(timeMs);
    sumMs += timeMs;
    minimumMs = Math.min(minimumMs, timeMs);
    maximumMs = Math.max(maximumMs, timeMs);
  }
  return {
    averageMs: sumMs / timesMs.length,
    minimumMs,
    maximumMs,
    percentilesMs: Object.fromEntries(
      PERCENTILES.map((percentile) => [percentile, latencies.percentileMs(percentile) ?? 0]),
    ),
  };
}

function countEndings(answers: readonly Answer[]): Record<string, number> {
  const counts = new Map<Ending, number>();
  for (const { ending } of answers) counts.set(ending, (counts.get(ending) ?? 0) + 1);
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  // Keys that look like numbers come first in an object, whatever the order; so they are spelled out.
  return Object.fromEntries(sorted.map(([ending, count]) => [describeEnding(ending), count]));
}

function describeEnding(ending: Ending): string {
  return typeof ending === 'number' ? `status ${ending}` : ending;
}
