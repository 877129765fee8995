import type { JSX } from 'preact';
import type { TranslationView } from '../live-translation.js';
import { slowestTiming } from '../server-timing.js';

/** Where the server's time went: that of the slowest line, and the largest batch. */
export function TimingLine({ view }: { readonly view: TranslationView }): JSX.Element {
  const done = view.lines.flatMap((line) => (line.kind === 'done' ? [line.line] : []));
  const timing = slowestTiming(done.flatMap((line) => line.timing ?? []));
  if (timing === undefined) return <p class="timing" />;
  const { queueMs, inferenceMs, batchSize } = timing;
  const parts = [
    done.length === 1 ? '1 line' : `${done.length} lines`,
    `queue ${formatDuration(queueMs)}`,
    `inference ${formatDuration(inferenceMs)}`,
    ...(batchSize === 0 ? [] : [`batch of ${batchSize}`]),
  ];
  return <p class="timing">{parts.join(' · ')}</p>;
}

/** Milliseconds as a person reads them. */
function formatDuration(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 1 ? 'under 1 ms' : `${Math.round(ms)} ms`;
}
