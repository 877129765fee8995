import { describeRun, type RunFacts } from '../bench/machine.js';
import { markdownTable } from '../bench/report-file.js';
import { LEVELS, type MemorySample, type SoakRun } from './soak.js';
import type { SoakOptions } from './soak-options.js';

const MIB = 2 ** 20;
const HOUR_MS = 3_600_000;
/** Rows of the memory table. */
const MEMORY_ROWS = 7;

export function soakPage(run: SoakRun, options: SoakOptions, facts: RunFacts): string {
  const { after, before, memory, tally } = run;
  const refused = [...tally.refused].map(([refusal, count]) => `${count} × ${refusal}`).join(', ');
  const halves = [memory, memory.slice(Math.floor(memory.length / 2))];
  return `# The service over time

\`npm run test:soak\` measures this: ${run.minutes} minutes with the demo model and ${options.ratePerSecond} requests a second (Poisson arrivals, seed ${options.seed}), one in
twenty with eight records. One caller in five goes away, at a random moment within 0.4 s. Every other answer is compared with
what the service gave at the start. [README](README.md) has the settings.

${describeRun(facts)}

${markdownTable(
  ['sent', '2xx', 'refused', 'left', 'lost'],
  [[tally.sent, tally.ok, refused || 0, tally.left, tally.lost.length].map(String)],
)}

What is there before the first request and after the last:

${markdownTable(
  ['metric', 'before', 'after'],
  LEVELS.map((name) => [`\`${name}\``, String(before[name]), String(after[name])]),
)}

Resident memory, with the slope of a line through all samples (one every 10 s) and through those of the second half:

${markdownTable(
  ['', 'service MiB', 'engine MiB'],
  [
    ...spread(memory).map((sample) => [
      `${(sample.atMs / 60_000).toFixed(1)} min`,
      (sample.serviceBytes / MIB).toFixed(1),
      (sample.engineBytes / MIB).toFixed(1),
    ]),
    ...halves.map((samples, half) => [
      half === 0 ? 'slope per hour' : 'slope per hour, second half',
      slopePerHour(samples, ({ serviceBytes }) => serviceBytes / MIB).toFixed(1),
      slopePerHour(samples, ({ engineBytes }) => engineBytes / MIB).toFixed(1),
    ]),
  ],
)}
`;
}

/** Some samples at about equal distances, the first and the last among them. */
function spread(samples: readonly MemorySample[]): MemorySample[] {
  const last = samples.length - 1;
  const places = Array.from({ length: MEMORY_ROWS }, (_, row) =>
    Math.round((row * last) / (MEMORY_ROWS - 1)),
  );
  return [...new Set(places)].flatMap((place) => samples[place] ?? []);
}

/** By least squares. */
function slopePerHour(
  samples: readonly MemorySample[],
  value: (sample: MemorySample) => number,
): number {
  const mean = (of: (sample: MemorySample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const meanAtMs = mean(({ atMs }) => atMs);
  const meanValue = mean(value);
  const together = mean((sample) => (sample.atMs - meanAtMs) * (value(sample) - meanValue));
  return (together / mean(({ atMs }) => (atMs - meanAtMs) ** 2)) * HOUR_MS;
}
