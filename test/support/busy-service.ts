import { setTimeout as delay } from 'node:timers/promises';
import { RunningService } from './service.js';

const KEY = 'busy-0123456789abcdef';

/** A service that is at a long request and has room for no other. */
export interface BusyService {
  readonly url: string;
  /** Of the caller whose request it is at; empty where nobody needs one. */
  readonly key: string;
  /** Takes the long request back. */
  makeRoom(): void;
  stop(): Promise<void>;
}

/**
 * @param why `full`: nobody has room; `over-share`: the caller whose request it is at has none, others have
 * @param sentences of the long request
 */
export async function startBusyService(
  why: 'full' | 'over-share',
  sentences = 900,
): Promise<BusyService> {
  const isFull = why === 'full';
  const service = await RunningService.start(
    isFull
      ? { MAX_QUEUE_REQUESTS: '1' }
      : { MAX_QUEUE_REQUESTS: '2', API_KEYS: `one:${KEY},other:${KEY}-other` },
  );
  const records = Array.from({ length: sentences }, (_, id) => ({
    id,
    text: `There are ${id} houses in this street, and ${id} gardens.`,
  }));
  const abort = new AbortController();
  const answer = fetch(`${service.url}/translation`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': KEY },
    body: JSON.stringify({ payload: { fromLang: 'en', toLang: 'de', records } }),
    signal: abort.signal,
  });
  answer.catch(() => undefined);
  while ((await service.metric('translation_active_rows')) === 0) await delay(20);
  return {
    url: service.url,
    key: isFull ? '' : KEY,
    makeRoom: () => {
      abort.abort();
    },
    stop: async () => {
      abort.abort();
      await service.stop();
    },
  };
}
