import { describeRun, type RunFacts } from '../bench/machine.js';
import { markdownTable, toMs } from '../bench/report-file.js';
import { JOB_RECORDS, type JobRun, type SinglesView, SINGLES_LOAD } from './job-beside-singles.js';
import type { MeasuredOptions } from './load-page.js';
import { type Target, targetTable } from './target.js';

/** Times the singles' p99 may be of what it is without a job, … */
const SLOWER_SINGLES = 4;
/** … its part of what it is first come, first served, … */
const ARRIVAL_SHARE = 0.25;
/** … and times that a job may take of what it takes alone. */
const SLOWER_JOB = 2;

export function jobTargetsOf({ arrival, fair, jobAloneMs, singlesAlone }: JobRun): Target[] {
  const target = (name: string, measuredMs: number, limitMs: number): Target => ({
    name,
    wanted: `≤ ${toMs(limitMs)} ms`,
    measured: `${toMs(measuredMs)} ms`,
    isMet: measuredMs <= limitMs,
  });
  const { p99Ms } = fair.singles;
  return [
    target(
      `p99 of the singles, ${SLOWER_SINGLES} × that without a job`,
      p99Ms,
      SLOWER_SINGLES * singlesAlone.p99Ms,
    ),
    target(
      'p99 of the singles, a quarter of that first come, first served',
      p99Ms,
      ARRIVAL_SHARE * arrival.singles.p99Ms,
    ),
    target(
      `the job, ${SLOWER_JOB} × that alone`,
      median(fair.jobMs),
      SLOWER_JOB * median(jobAloneMs),
    ),
  ];
}

export function jobPage(run: JobRun, options: MeasuredOptions, facts: RunFacts): string {
  const row = (name: string, jobMs: readonly number[], singles?: SinglesView): string[] => [
    name,
    jobMs.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(', '),
    ...(singles === undefined
      ? ['', '', '']
      : [String(singles.count), `${toMs(singles.p50Ms)} ms`, `${toMs(singles.p99Ms)} ms`]),
  ];
  return `# A large job beside single requests

\`npm run test:fairness\` measures this: jobs of ${JOB_RECORDS} records, one after the other, while others ask for one record each, at half of
the rate that the service can answer (${run.singlesPerSecond.toFixed(1)} / s; Poisson arrivals, seed ${options.seed}, ${options.seconds} s). Requests have all the time
they want (\`REQUEST_TIMEOUT_MS=600000\`). Latency counts from the moment that a request was due.

Model: ${options.model}. ${describeRun(facts)}

${markdownTable(
  ['', 'jobs', 'singles', 'p50', 'p99'],
  [
    row('the job alone', run.jobAloneMs),
    row('singles alone', [], run.singlesAlone),
    row('both, in turns (`QUEUE_ORDER=fair`)', run.fair.jobMs, run.fair.singles),
    row(
      'both, first come, first served (`QUEUE_ORDER=arrival`)',
      run.arrival.jobMs,
      run.arrival.singles,
    ),
  ],
)}

${targetTable(jobTargetsOf(run))}

With singles at ${SINGLES_LOAD * 100} % of what the service can do, what is left to a job is the other half: at the same efficiency it takes twice as long as alone.
`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
