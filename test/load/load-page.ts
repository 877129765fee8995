import { describeRun, type RunFacts } from '../bench/machine.js';
import { markdownTable, toMs, toPercent } from '../bench/report-file.js';
import type { LoadOptions } from './load-options.js';
import { bestOf, type LoadRun, mean, type Overload } from './overload.js';
import { type Target, targetTable } from './target.js';

const MIB = 2 ** 20;
/** What probes and the event loop may be later than on the idle service. */
const PROBE_ALLOWANCE_MS = 100;
const EVENT_LOOP_ALLOWANCE_MS = 25;
const GOODPUT_SHARE = 0.9;

export function targetsOf(run: LoadRun, deadlineMs: number): Target[] {
  const peak = mean(run.peaksPerSecond);
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
      target('goodput', mean(overload.goodputsPerSecond), GOODPUT_SHARE * peak, rate, true),
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
export type MeasuredOptions = Pick<
  LoadOptions,
  'model' | 'seconds' | 'rounds' | 'deadlineMs' | 'seed'
>;

/** The section of one model. */
export function loadSection(run: LoadRun, options: MeasuredOptions, facts: RunFacts): string {
  return `## ${options.model}

${describeRun(facts)}

Requests are of one record each, with a deadline of ${options.deadlineMs / 1000} s. Every measurement is of ${options.seconds} s, with ${options.deadlineMs / 1000} s of the same load before and after.
Open loops: Poisson arrivals, seed ${options.seed}. ${options.rounds} rounds of all that is compared; means (least–most).

${trialTable(run)}

${closedLoopTable(run)}

${overloadTable(run)}

${watchTable(run)}

${targetTable(targetsOf(run, options.deadlineMs))}
`;
}

function trialTable({ trials }: LoadRun): string {
  return markdownTable(
    ['trial: callers in a closed loop', ...trials.map(({ callers }) => String(callers))],
    [
      [
        'translated in time / s',
        ...trials.map(({ goodputPerSecond }) => goodputPerSecond.toFixed(1)),
      ],
    ],
  );
}

function closedLoopTable({ trials, peaksPerSecond, patientPerSecond }: LoadRun): string {
  const most = trials.at(-1)?.callers ?? 0;
  return markdownTable(
    ['callers in a closed loop', 'translated / s'],
    [
      [`${bestOf(trials)}, in time: the peak`, spread(peaksPerSecond)],
      [`${most} without a deadline, once`, patientPerSecond.toFixed(1)],
    ],
  );
}

function spread(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `${mean(values).toFixed(1)} (${least.toFixed(1)}–${most.toFixed(1)})`;
}

function overloadTable({ peaksPerSecond, overloads }: LoadRun): string {
  return markdownTable(
    [
      'load',
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
      overload.offeredPerSecond.toFixed(1),
      spread(overload.goodputsPerSecond),
      toPercent(mean(overload.goodputsPerSecond), mean(peaksPerSecond)),
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

function watchTable({ idle, peakView, overloads }: LoadRun): string {
  const views = [
    ['idle', idle] as const,
    ['peak', peakView] as const,
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
