import type { Ending } from '#libs/load-testing';

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
