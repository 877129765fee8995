import type { Precision } from '#libs/prepared-model';
import { describeRun, type RunFacts } from './machine.js';
import { markdownTable } from './report-file.js';
import type { CommandCost } from './watched-process.js';

/** What a service took until some moment, itself and its engine process. */
interface ServiceCost {
  readonly seconds: number;
  /** `VmHWM` of the service process. */
  readonly own: number;
  /** `VmHWM` of the engine process; the mapped weights are in it. */
  readonly children: number;
}

/** One way from a random checkpoint to a translation. */
export interface PathResult {
  readonly shape: string;
  readonly precision: Precision;
  readonly run: RunFacts;
  readonly weightsBytes: number;
  readonly synthesize: CommandCost;
  readonly prepare: CommandCost;
  /** `prepare` once more, with the model there already. */
  readonly again: CommandCost;
  readonly verify: CommandCost;
  readonly ready: ServiceCost;
  readonly request: ServiceCost;
}

export function prepareReport(results: readonly PathResult[]): string {
  const head = ['step', ...results.map(({ shape, precision }) => `${shape}, ${precision}`)];
  const commands = ['synthesize', 'prepare', 'again', 'verify'] as const;
  const names = {
    synthesize: 'synthesize',
    prepare: '**prepare**',
    again: 'prepare again',
    verify: 'verify',
  };
  const rows = [
    ...commands.map((step) => [names[step], ...results.map((result) => commandCell(result[step]))]),
    ['serve until ready', ...results.map(({ ready }) => serviceCell(ready))],
    ['first request', ...results.map(({ request }) => serviceCell(request))],
    ['`weights.data`', ...results.map(({ weightsBytes }) => gigabytes(weightsBytes))],
  ];
  return [
    '# From a checkpoint to a translation',
    'Written by `npm run bench:prepare`: seconds, and the most resident memory that the process ever had (`VmHWM`), with that of the one that packs the graphs; for the service its own and its engine process’s, in which mapped weights count. Each path is walked once, on checkpoints of random weights that are deleted afterwards. The request is one word with 5 beams; random weights end no sentence, so that its translation has the 26 tokens that such a checkpoint allows.',
    markdownTable(head, rows),
    ...results.map(({ shape, precision, run }) => `- ${shape}, ${precision}: ${describeRun(run)}`),
  ].join('\n\n');
}

function commandCell({ seconds, peakMiB }: CommandCost): string {
  return `${seconds.toFixed(1)} s, ${fromMiB(peakMiB)}`;
}

function serviceCell({ seconds, own, children }: ServiceCost): string {
  return `${seconds.toFixed(1)} s, ${fromMiB(own)} + ${fromMiB(children)}`;
}

function fromMiB(mib: number): string {
  return gigabytes(mib * 2 ** 20);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
