import { describeRun, type RunFacts } from '../bench/machine.js';
import { markdownTable, toMs, toPercent } from '../bench/report-file.js';
import type { LoadOptions } from './load-options.js';
import type { LoadRun, Overload } from './overload.js';
import { type Target, targetTable } from './target.js';

const MIB = 2 ** 20;
/** What probes and the event loop may be later than on the idle service. */
const PROBE_ALLOWANCE_MS = 100;
const EVENT_LOOP_ALLOWANCE_MS = 25;
const GOODPUT_SHARE = 0.9;

export function targetsOf(run: LoadRun, deadlineMs: number): Target[] {
  return run.overloads.flatMap((overload) => {
    const { factor, view } = overload;
    const target = (
      name: string,
      measured: number,
      limit: number,
      show: (value: number) => string,
      isLeast = false,
    ): Target => ({
      name: `${factor} ×: ${name}`,
      wanted: `${isLeast ? '≥' : '≤'} ${show(limit)}`,
      measured: show(measured),
      isMet: isLeast ? measured >= limit : measured <= limit,
    });
    const ms = (value: number): string => `${toMs(value)} ms`;
    const rate = (value: number): string => `${value.toFixed(1)} / s`;
    const { idle } = run;
    return [
      target(
        'goodput',
        overload.goodputPerSecond,
        GOODPUT_SHARE * overload.peakPerSecond,
        rate,
        true,
      ),
      target('p99 of accepted requests', overload.acceptedP99Ms, deadlineMs, ms),
      target('p99 of `/livez`', view.livezP99Ms, idle.livezP99Ms + PROBE_ALLOWANCE_MS, ms),
      target('p99 of `/metrics`', view.metricsP99Ms, idle.metricsP99Ms + PROBE_ALLOWANCE_MS, ms),
      target(
        'p99 of the event-loop delay',
        view.eventLoopDelayP99Ms,
        idle.eventLoopDelayP99Ms + EVENT_LOOP_ALLOWANCE_MS,
        ms,
      ),
    ];
  });
}

/** What of the options a reader has to know. */
export type MeasuredOptions = Pick<LoadOptions, 'model' | 'seconds' | 'deadlineMs' | 'seed'>;

/** The section of one model. */
export function loadSection(run: LoadRun, options: MeasuredOptions, facts: RunFacts): string {
  return `## ${options.model}

${describeRun(facts)}

Requests are of one record each. The peak is what 64 callers in a closed loop get answered, measured before and after each load. Deadline ${options.deadlineMs / 1000} s,
${options.seconds} s measured at each load after ${options.deadlineMs / 1000} s in which the queue fills; Poisson arrivals, seed ${options.seed}.

${overloadTable(run)}

${watchTable(run)}

${targetTable(targetsOf(run, options.deadlineMs))}
`;
}

function overloadTable({ overloads }: LoadRun): string {
  return markdownTable(
    [
      'load',
      'peak / s',
      'offered / s',
      'goodput / s',
      'of the peak',
      'p50 accepted',
      'p99 accepted',
      'late',
      'p99 refused',
      'answers by status',
      'generator lag p99',
    ],
    overloads.map((overload) => [
      `${overload.factor} ×`,
      overload.peakPerSecond.toFixed(1),
      overload.offeredPerSecond.toFixed(1),
      overload.goodputPerSecond.toFixed(1),
      toPercent(overload.goodputPerSecond, overload.peakPerSecond),
      `${toMs(overload.acceptedP50Ms)} ms`,
      `${toMs(overload.acceptedP99Ms)} ms`,
      String(overload.lateAnswers),
      `${toMs(overload.refusalP99Ms)} ms`,
      endingsOf(overload),
      `${toMs(overload.generatorLagP99Ms)} ms`,
    ]),
  );
}

function endingsOf({ endings }: Overload): string {
  return Object.entries(endings)
    .map(([ending, count]) => `${ending}: ${count}`)
    .join(', ');
}

function watchTable({ idle, overloads }: LoadRun): string {
  const views = [
    ['idle', idle] as const,
    ...overloads.map(({ factor, view }) => [`${factor} ×`, view] as const),
  ];
  return markdownTable(
    ['load', '`/livez` p99', '`/metrics` p99', 'event-loop delay p99', 'service MiB', 'engine MiB'],
    views.map(([load, view]) => [
      load,
      `${toMs(view.livezP99Ms)} ms`,
      `${toMs(view.metricsP99Ms)} ms`,
      `${toMs(view.eventLoopDelayP99Ms)} ms`,
      (view.serviceBytes / MIB).toFixed(0),
      (view.engineBytes / MIB).toFixed(0),
    ]),
  );
}
