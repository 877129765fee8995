import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { Metrics } from './metrics.js';

const INTERVAL_MS = 20;

/**
 * Watches the event loop of this process for as long as it lives. The delays go into a histogram of their
 * own: Node's default metrics are summaries since the last scrape, which two scrapers take from each other
 * and nobody can add up.
 */
export function watchEventLoop(metrics: Metrics): void {
  let dueAtMs = performance.now() + INTERVAL_MS;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    metrics.observe('nodejs_eventloop_delay_seconds', {}, Math.max(0, nowMs - dueAtMs) / 1000);
    // Node counts an interval from the end of the last one, so a delay is counted once.
    dueAtMs = nowMs + INTERVAL_MS;
  }, INTERVAL_MS);
  timer.unref();
  let before: EventLoopUtilization | undefined;
  metrics.readFrom('nodejs_eventloop_utilization', {}, () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  });
}
