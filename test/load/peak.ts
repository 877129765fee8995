import { setTimeout } from 'node:timers/promises';
import type { Ending } from '#libs/load-testing';
import { type Served, servedPerSecond } from './served-rate.js';

/** No room or no time left: what the most that is translated in time may come with. */
const REFUSALS: ReadonlySet<Ending> = new Set([503, 504]);

/** What a caller waits after an answer that is no translation. */
const BREATH_MS = 250;

/**
 * Requests per second that so many callers get translated who each send the next when they have the last answer.
 *
 * @param settleMs before and after what is measured, so that all of it is under the same load
 */
export async function measurePeak(
  callers: number,
  settleMs: number,
  durationMs: number,
  send: (index: number) => Promise<Ending>,
): Promise<number> {
  const startMs = performance.now() + settleMs;
  const served = await askInTurn(callers, settleMs + durationMs + settleMs, send);
  return servedPerSecond(served, startMs, startMs + durationMs);
}

/** Lets so many callers each send the next request when they have the last one's answer; what was translated. */
export async function askInTurn(
  callers: number,
  durationMs: number,
  send: (index: number) => Promise<Ending>,
): Promise<Served[]> {
  const endAtMs = performance.now() + durationMs;
  let sent = 0;
  const served: Served[] = [];
  const call = async (): Promise<void> => {
    while (performance.now() < endAtMs) {
      const scheduledAtMs = performance.now();
      const ending = await send(sent++);
      if (ending === 200) served.push({ scheduledAtMs, answeredAtMs: performance.now() });
      else if (REFUSALS.has(ending)) await setTimeout(BREATH_MS);
      else throw new Error(`while the peak is measured a request ended in ${ending}`);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return served;
}
