import { setTimeout as delay } from 'node:timers/promises';
import { Latencies } from './latencies.js';

/** How a request ended: an HTTP status, or `failed` where there was no proper answer. */
export type Ending = number | 'failed';

export interface OpenLoopOptions {
  /** Milliseconds from the start, ascending. */
  readonly arrivals: Iterable<number>;
  /** Sends the request of an arrival and settles at the end of its answer; rejections count as `failed`. */
  readonly send: (index: number) => Promise<Ending>;
}

export interface Answer {
  readonly ending: Ending;
  /** From the start of the loop. */
  readonly scheduledAtMs: number;
  readonly answeredAtMs: number;
}

export interface OpenLoopResult {
  readonly answers: readonly Answer[];
  /** How late requests were sent. Where it is long, it was the generator that was overloaded. */
  readonly lag: Latencies;
}

/**
 * Sends requests when they are due, whatever has become of the ones before. Latency counts from the moment
 * that a request was due: a generator or a connection that is late counts against the service, as it would
 * for a caller.
 *
 * Source: MLPerf inference rules, server scenario; "coordinated omission" is what a closed loop does instead.
 */
export async function runOpenLoop({ arrivals, send }: OpenLoopOptions): Promise<OpenLoopResult> {
  const startedAtMs = performance.now();
  const sinceStartMs = (): number => performance.now() - startedAtMs;
  const lag = new Latencies();
  const open: Promise<Answer>[] = [];
  for (const scheduledAtMs of arrivals) {
    const waitMs = scheduledAtMs - sinceStartMs();
    if (waitMs > 0) await delay(waitMs);
    lag.record(Math.max(0, sinceStartMs() - scheduledAtMs));
    const ending = send(open.length).catch((): Ending => 'failed');
    open.push(
      ending.then((ended) => ({ ending: ended, scheduledAtMs, answeredAtMs: sinceStartMs() })),
    );
  }
  return { answers: await Promise.all(open), lag };
}

/** Requests per second that so many callers get answered who each send the next when they have the last. */
export async function measurePeak(
  callers: number,
  warmUpMs: number,
  durationMs: number,
  send: (index: number) => Promise<Ending>,
): Promise<number> {
  const startedAtMs = performance.now();
  const endAtMs = startedAtMs + warmUpMs + durationMs;
  let sent = 0;
  let answered = 0;
  const call = async (): Promise<void> => {
    while (performance.now() < endAtMs) {
      const ending = await send(sent++);
      if (ending !== 200)
        throw new Error(`while the peak is measured a request ended in ${ending}`);
      const nowMs = performance.now();
      if (nowMs >= startedAtMs + warmUpMs && nowMs < endAtMs) answered++;
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return (answered * 1000) / durationMs;
}
