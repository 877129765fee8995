import {
  type Answer,
  arrivalsAtRate,
  type Ending,
  Latencies,
  parseScrape,
  runOpenLoop,
  type Scrape,
} from '#libs/load-testing';
import { percentileBetween } from './prometheus-text.js';
import type { TranslationClient } from './translation-client.js';

/** What an operator's tools see of the service while it works. */
export interface ServiceView {
  readonly livezP99Ms: number;
  readonly metricsP99Ms: number;
  /** Of the service process. */
  readonly eventLoopDelayP99Ms: number;
  /** Most resident memory of the service process. */
  readonly serviceBytes: number;
  /** Most resident memory of the engine processes together. */
  readonly engineBytes: number;
  readonly failedProbes: number;
}

const PROBES_PER_SECOND = 10;
/** Much more often than any collector. At ten a second they took a fifth of a core, which the peak has to itself. */
const SCRAPES_PER_SECOND = 1;

/** Asks for `/livez` ten times a second and for `/metrics` once, for so long. */
export async function watchService(
  client: TranslationClient,
  durationMs: number,
): Promise<ServiceView> {
  const scrapes: Scrape[] = [parseScrape((await client.get('/metrics')).text)];
  const scrape = async (): Promise<number> => {
    const { status, text } = await client.get('/metrics');
    scrapes.push(parseScrape(text));
    return status;
  };
  const probe = async (): Promise<number> => (await client.get('/livez')).status;
  const watch = (perSecond: number, look: () => Promise<number>): Promise<Answer[]> =>
    runOpenLoop({
      arrivals: arrivalsAtRate('constant', perSecond, durationMs, 0),
      send: () => look().catch((): Ending => 'no answer'),
      maxOpen: Infinity,
    });
  const [livez, metrics] = await Promise.all([
    watch(PROBES_PER_SECOND, probe),
    watch(SCRAPES_PER_SECOND, scrape),
  ]);
  const p99Of = (answers: readonly Answer[]): number => {
    const latencies = new Latencies();
    for (const { scheduledAtMs, answeredAtMs } of answers)
      latencies.record(answeredAtMs - scheduledAtMs);
    return latencies.percentileMs(99) ?? 0;
  };
  const [first, last] = [scrapes[0] ?? new Map(), scrapes.at(-1) ?? new Map()];
  const delay = percentileBetween(first, last, 'nodejs_eventloop_delay_seconds', 99) ?? 0;
  const most = (series: string): number =>
    Math.max(...scrapes.map((scraped) => scraped.get(series) ?? 0));
  return {
    livezP99Ms: p99Of(livez),
    metricsP99Ms: p99Of(metrics),
    eventLoopDelayP99Ms: 1000 * delay,
    serviceBytes: most('process_resident_memory_bytes'),
    engineBytes: most('translation_engine_resident_memory_bytes'),
    failedProbes: [...livez, ...metrics].filter(({ ending }) => ending !== 200).length,
  };
}

/** The largest of each figure. */
export function worstOf(views: readonly ServiceView[]): ServiceView {
  const most = (figure: (view: ServiceView) => number): number => Math.max(...views.map(figure));
  return {
    livezP99Ms: most(({ livezP99Ms }) => livezP99Ms),
    metricsP99Ms: most(({ metricsP99Ms }) => metricsP99Ms),
    eventLoopDelayP99Ms: most(({ eventLoopDelayP99Ms }) => eventLoopDelayP99Ms),
    serviceBytes: most(({ serviceBytes }) => serviceBytes),
    engineBytes: most(({ engineBytes }) => engineBytes),
    failedProbes: most(({ failedProbes }) => failedProbes),
  };
}
