import { type GpuReading, readGpus } from './gpu-readings.js';
import { parseScrape, type Scrape } from './scrape.js';

/** What a service and its machine did in the time up to a moment. */
export interface ServiceReading {
  /** From the start of the monitor. */
  readonly atMs: number;
  /** Of one processor: 200 is two that are busy. */
  readonly serviceCpuPercent: number;
  readonly engineCpuPercent: number;
  readonly serviceBytes: number;
  readonly engineBytes: number;
  /** Mean rows of the decoder steps since the reading before; 0 where there were none. */
  readonly batchRows: number;
  readonly queueSegments: number;
  readonly backlogSeconds: number;
  /** Only where the service is on this machine. */
  readonly gpus: readonly GpuReading[];
}

const INTERVAL_MS = 500;

/** Looks at a service twice a second, from when it is made until `stop`. */
export class ServiceMonitor {
  readonly #startedAtMs = performance.now();
  readonly #readings: ServiceReading[] = [];
  readonly #timer: NodeJS.Timeout;
  #last: { readonly atMs: number; readonly scrape: Scrape } | undefined;
  #pending: Promise<void> | undefined;

  /**
   * @param scrape the text of the service's `/metrics`; what fails is left out
   * @param hasGpus whether the GPUs of this machine are the service's
   */
  constructor(
    private readonly scrape: () => Promise<string>,
    private readonly hasGpus: boolean,
  ) {
    this.#look();
    this.#timer = setInterval(() => {
      this.#look();
    }, INTERVAL_MS);
  }

  async stop(): Promise<readonly ServiceReading[]> {
    clearInterval(this.#timer);
    await this.#pending;
    return this.#readings;
  }

  /** One at a time: a service that answers slowly is looked at less often. */
  #look(): void {
    this.#pending ??= this.#read()
      .catch(() => undefined)
      .finally(() => {
        this.#pending = undefined;
      });
  }

  async #read(): Promise<void> {
    const [text, gpus] = await Promise.all([this.scrape(), this.hasGpus ? readGpus() : []]);
    const now = { atMs: performance.now() - this.#startedAtMs, scrape: parseScrape(text) };
    if (this.#last !== undefined) this.#readings.push(readingBetween(this.#last, now, gpus));
    this.#last = now;
  }
}

interface TimedScrape {
  readonly atMs: number;
  readonly scrape: Scrape;
}

export function readingBetween(
  before: TimedScrape,
  now: TimedScrape,
  gpus: readonly GpuReading[],
): ServiceReading {
  const gauge = (series: string): number => now.scrape.get(series) ?? 0;
  const grown = (series: string): number => gauge(series) - (before.scrape.get(series) ?? 0);
  const seconds = (now.atMs - before.atMs) / 1000;
  const steps = grown('translation_batch_rows_count');
  return {
    atMs: now.atMs,
    serviceCpuPercent: (100 * grown('process_cpu_seconds_total')) / seconds,
    engineCpuPercent: (100 * grown('translation_engine_cpu_seconds_total')) / seconds,
    serviceBytes: gauge('process_resident_memory_bytes'),
    engineBytes: gauge('translation_engine_resident_memory_bytes'),
    batchRows: steps === 0 ? 0 : grown('translation_batch_rows_sum') / steps,
    queueSegments: gauge('translation_queue_segments'),
    backlogSeconds: gauge('translation_backlog_seconds'),
    gpus,
  };
}
