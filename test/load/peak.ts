import type { Ending } from '#libs/load-testing';

/**
 * Requests per second that so many callers get answered who each send the next when they have the last.
 *
 * Their answers come in waves where all translations take equally long, and few waves fit into what is measured: it is
 * counted from the last answer before it to the last one in it, not from clock to clock.
 */
export async function measurePeak(
  callers: number,
  warmUpMs: number,
  durationMs: number,
  send: (index: number) => Promise<Ending>,
): Promise<number> {
  const startedAtMs = performance.now();
  const endAtMs = startedAtMs + warmUpMs + durationMs;
  let sent = 0;
  const answeredAtMs: number[] = [];
  const call = async (): Promise<void> => {
    while (performance.now() < endAtMs) {
      const ending = await send(sent++);
      if (ending !== 200)
        throw new Error(`while the peak is measured a request ended in ${ending}`);
      answeredAtMs.push(performance.now());
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return rateBetween(answeredAtMs, startedAtMs + warmUpMs, endAtMs);
}

/** Of events at rising times, those from the last one before a start to the last one before an end, per second. */
export function rateBetween(atMs: readonly number[], startMs: number, endMs: number): number {
  const before = atMs.filter((at) => at < startMs);
  const within = atMs.filter((at) => at >= startMs && at < endMs);
  const elapsedMs = (within.at(-1) ?? endMs) - (before.at(-1) ?? startMs);
  return (1000 * within.length) / elapsedMs;
}
