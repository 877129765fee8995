import { setTimeout as delay } from 'node:timers/promises';

/**
 * How a request ended: an HTTP status; `no answer` where the connection failed or the answer took too long;
 * `wrong answer` where a 200 does not hold the records that were sent; `not sent` where too many were open.
 */
export type Ending = number | 'no answer' | 'wrong answer' | 'not sent';

/** One request; times are in milliseconds from the start of the loop. */
export interface Answer {
  readonly ending: Ending;
  readonly scheduledAtMs: number;
  /** Later than scheduled where the generator itself could not keep up. */
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

export interface OpenLoopOptions {
  /** Milliseconds from the start, ascending. */
  readonly arrivals: Iterable<number>;
  /** Sends the request of an arrival, and settles at the end of its answer. */
  readonly send: (index: number) => Promise<Ending>;
  /** Most requests that are open at once: what is due beyond counts as `not sent`. */
  readonly maxOpen: number;
  readonly onAnswer?: (answer: Answer) => void;
  readonly signal?: AbortSignal;
}

/**
 * Sends requests when they are due, whatever has become of the ones before: a slow service gets no rest, as it
 * gets none from callers who know nothing of each other.
 *
 * Source: "coordinated omission" is what a loop does that waits for answers (G. Tene, How NOT to Measure Latency).
 *
 * @throws the signal's reason, once what is open has settled.
 */
export async function runOpenLoop(options: OpenLoopOptions): Promise<Answer[]> {
  const { arrivals, send, maxOpen, onAnswer, signal } = options;
  const startedAtMs = performance.now();
  const sinceStartMs = (): number => performance.now() - startedAtMs;
  const answers: Promise<Answer>[] = [];
  let open = 0;
  const request = async (index: number, scheduledAtMs: number): Promise<Answer> => {
    const sentAtMs = sinceStartMs();
    const isSent = open < maxOpen;
    if (isSent) open++;
    const ending = isSent ? await send(index) : 'not sent';
    if (isSent) open--;
    const answer = { ending, scheduledAtMs, sentAtMs, answeredAtMs: sinceStartMs() };
    onAnswer?.(answer);
    return answer;
  };
  for (const scheduledAtMs of arrivals) {
    const waitMs = scheduledAtMs - sinceStartMs();
    if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal?.aborted === true) break;
    answers.push(request(answers.length, scheduledAtMs));
  }
  const settled = await Promise.all(answers);
  signal?.throwIfAborted();
  return settled;
}
