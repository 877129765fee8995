import { setTimeout as delay } from 'node:timers/promises';
import type { RunningService } from '../support/service.js';

const INTERVAL_MS = 20;

/** Looks at the probes of a service all the time, as a platform does, only more often. */
export class Probes {
  livenessFailures = 0;
  #isReady = true;
  #isOver = false;
  readonly #looking: Promise<void>;

  constructor(private readonly service: RunningService) {
    this.#looking = this.#look();
  }

  async untilReady(isReady: boolean): Promise<void> {
    while (this.#isReady !== isReady) await delay(5);
  }

  async untilLivenessFails(): Promise<void> {
    while (this.livenessFailures === 0) await delay(5);
  }

  /** Milliseconds from now until the service is not ready, and then ready again. */
  async recoveryMs(): Promise<number> {
    const startedAtMs = performance.now();
    await this.untilReady(false);
    await this.untilReady(true);
    return performance.now() - startedAtMs;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#looking;
  }

  async #look(): Promise<void> {
    while (!this.#isOver) {
      const [readyz, livez] = await Promise.all([this.#status('readyz'), this.#status('livez')]);
      this.#isReady = readyz === 200;
      if (livez === 503) this.livenessFailures++;
      await delay(INTERVAL_MS);
    }
  }

  async #status(path: string): Promise<number> {
    return fetch(`${this.service.url}/${path}`).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
  }
}
