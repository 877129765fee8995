import type { Chart, Point } from './chart.js';
import { responseTimeMs } from './measurement.js';
import type { Answer } from './open-loop.js';
import type { ServiceReading } from './service-monitor.js';

/** Charts by the name of their file. */
export type Charts = Readonly<Record<string, Chart>>;

const MIB = 2 ** 20;

/** Response times, one dot for each request at the moment that it was due. */
export function responseTimeChart(answers: readonly Answer[]): Charts {
  const dots = (isSuccessful: boolean): Point[] =>
    answers
      .filter(({ ending }) => (ending === 200) === isSuccessful)
      .map((answer) => [answer.scheduledAtMs / 1000, responseTimeMs(answer) / 1000]);
  const successful = { name: 'successful', form: 'dots', points: dots(true) } as const;
  const failed = { name: 'failed', form: 'dots', points: dots(false) } as const;
  return {
    'response-times': overTime('Response times', 's', [
      successful,
      ...(failed.points.length === 0 ? [] : [failed]),
    ]),
  };
}

/** Processors, memory, batch and queue; GPUs where there are any. None without readings. */
export function serviceCharts(readings: readonly ServiceReading[]): Charts {
  if (readings.length === 0) return {};
  const curve = (
    name: string,
    value: (reading: ServiceReading) => number,
  ): Chart['series'][number] => ({
    name,
    form: 'line',
    points: readings.map((reading) => [reading.atMs / 1000, value(reading)] as const),
  });
  const gpus = readings[0]?.gpus ?? [];
  const ofGpus = (value: (gpu: (typeof gpus)[number]) => number): Chart['series'] =>
    gpus.map((_, index) =>
      curve(`GPU ${index}`, (reading) => {
        const gpu = reading.gpus[index];
        return gpu === undefined ? 0 : value(gpu);
      }),
    );
  return {
    cpu: overTime('Processors', '% of one', [
      curve('service', ({ serviceCpuPercent }) => serviceCpuPercent),
      curve('engines', ({ engineCpuPercent }) => engineCpuPercent),
    ]),
    memory: overTime('Resident memory', 'MiB', [
      curve('service', ({ serviceBytes }) => serviceBytes / MIB),
      curve('engines', ({ engineBytes }) => engineBytes / MIB),
    ]),
    batch: overTime('Rows (beams) in a decoder step', 'rows', [
      curve('mean since the last look', ({ batchRows }) => batchRows),
    ]),
    queue: overTime('Segments that wait for an engine', 'segments', [
      curve('waiting', ({ queueSegments }) => queueSegments),
    ]),
    ...(gpus.length === 0
      ? {}
      : {
          gpu: overTime(
            'GPU utilisation',
            '%',
            ofGpus(({ utilizationPercent }) => utilizationPercent),
          ),
          'gpu-memory': overTime(
            'GPU memory',
            'MiB',
            ofGpus(({ usedBytes }) => usedBytes / MIB),
          ),
        }),
  };
}

function overTime(title: string, unit: string, series: Chart['series']): Chart {
  return { title, xLabel: 'seconds from the start', yLabel: unit, series };
}
