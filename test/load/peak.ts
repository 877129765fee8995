import { setTimeout } from 'node:timers/promises';
import type { Ending } from '#libs/load-testing';

/** No room or no time left: what the most that is translated in time may come with. */
const REFUSALS: ReadonlySet<Ending> = new Set([503, 504]);

/** What a caller waits after an answer that is no translation. */
const BREATH_MS = 250;

/**
 * Requests per second that so many callers get translated who each send the next when they have the last answer.
 *
 * Their answers come in waves where all translations take equally long, one for each engine, and few waves fit into what
 * is measured: whole rounds are counted, in which each caller gets one answer. Where some are refused there are no such
 * rounds, and a part of a wave would count as one: all answers of that time are counted.
 */
export async function measurePeak(
  callers: number,
  warmUpMs: number,
  durationMs: number,
  send: (index: number) => Promise<Ending>,
): Promise<number> {
  const startMs = performance.now() + warmUpMs;
  // The start of the first round is the end of one before it.
  const begunAtMs = Array<number>(callers).fill(performance.now());
  const endMs = startMs + durationMs;
  let refused = 0;
  const answeredAtMs = await askInTurn(callers, warmUpMs + durationMs, async (index) => {
    const ending = await send(index);
    if (REFUSALS.has(ending)) refused++;
    return ending;
  });
  return refused > 0
    ? rateOfAll(answeredAtMs, startMs, endMs)
    : rateOfRounds([...begunAtMs, ...answeredAtMs], callers, startMs, endMs);
}

/** Lets so many callers each send the next request when they have the last one's answer; when translations came. */
export async function askInTurn(
  callers: number,
  durationMs: number,
  send: (index: number) => Promise<Ending>,
): Promise<number[]> {
  const endAtMs = performance.now() + durationMs;
  let sent = 0;
  const answeredAtMs: number[] = [];
  const call = async (): Promise<void> => {
    while (performance.now() < endAtMs) {
      const ending = await send(sent++);
      if (ending === 200) answeredAtMs.push(performance.now());
      else if (REFUSALS.has(ending)) await setTimeout(BREATH_MS);
      else throw new Error(`while the peak is measured a request ended in ${ending}`);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return answeredAtMs;
}

/**
 * Of answers at rising times, so many a round: those of the whole rounds that fit between the last answer before a start
 * and the last one before an end, per second; where not one fits, all of that time.
 */
export function rateOfRounds(
  atMs: readonly number[],
  round: number,
  startMs: number,
  endMs: number,
): number {
  const last = atMs.findLastIndex((at) => at < endMs);
  const first = Math.max(
    0,
    atMs.findLastIndex((at) => at < startMs),
  );
  const rounds = Math.floor((last - first) / round);
  if (rounds < 1) return rateOfAll(atMs, startMs, endMs);
  const elapsedMs = atMs[last]! - atMs[last - rounds * round]!;
  return (1000 * rounds * round) / elapsedMs;
}

function rateOfAll(atMs: readonly number[], startMs: number, endMs: number): number {
  return (1000 * atMs.filter((at) => at >= startMs && at < endMs).length) / (endMs - startMs);
}
