import type { Chart } from './chart.js';
import type { LoadRun } from './load-run.js';
import type { Charts } from './service-charts.js';

/** Response times and goodput against the offered rate. */
export function rateCharts(runs: readonly LoadRun[]): Charts {
  const sorted = [...runs].sort((one, other) => one.ratePerSecond - other.ratePerSecond);
  const curve = (
    name: string,
    value: (run: LoadRun) => number | undefined,
  ): Chart['series'][number] => ({
    name,
    form: 'line',
    points: sorted.flatMap((run) => {
      const at = value(run);
      return at === undefined ? [] : [[run.ratePerSecond, at] as const];
    }),
  });
  const percentile = (name: string): Chart['series'][number] =>
    curve(`${name} %`, ({ measurement: { responseTimes } }) => {
      const timeMs = responseTimes?.percentilesMs[name];
      return timeMs === undefined ? undefined : timeMs / 1000;
    });
  const xLabel = 'offered requests per second';
  return {
    'response-times-by-rate': {
      title: 'Response times of successful requests against load',
      xLabel,
      yLabel: 's',
      series: [percentile('50'), percentile('90'), percentile('99')],
    },
    'goodput-by-rate': {
      title: 'Successful answers in time against load',
      xLabel,
      yLabel: 'per second',
      series: [curve('goodput', ({ goodputPerSecond }) => goodputPerSecond)],
    },
  };
}
