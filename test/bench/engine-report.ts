import { layoutName, type ThreadLayout } from './ctranslate2.js';
import { describeRun, type RunFacts } from './machine.js';
import type { GroupMemoryMiB } from './process-memory.js';
import { markdownTable, toMs } from './report-file.js';
import { median, type SamplesMs } from './samples.js';

/** One workload, by us and by the programs that we compare with. */
export interface WorkloadResult {
  readonly name: string;
  readonly sentences: number;
  readonly beamSize: number;
  readonly ours: SamplesMs;
  readonly ctranslate2: SamplesMs;
  readonly layout: ThreadLayout;
  /** What each layout took in the trial that chose one. */
  readonly trials: readonly { readonly layout: ThreadLayout; readonly ms: number }[];
}

export interface MemoryMiB {
  /** Peak of the resident memory when the model was loaded, summed over the processes. */
  readonly loadPeak: number;
  readonly decoding: GroupMemoryMiB;
}

export type Pair<Value> = Readonly<Record<'ours' | 'ctranslate2', Value>>;

/** What `engine.json` holds. */
export interface EngineResults {
  readonly run: RunFacts;
  versions: Readonly<Record<string, string>>;
  /** About the lengths in the workload of mixed lengths. */
  raggedLengths?: string;
  readonly workloads: WorkloadResult[];
  readonly transformers: Record<string, SamplesMs>;
  startMs?: Pair<SamplesMs>;
  memoryMiB?: Pair<MemoryMiB>;
}

/** `engine.md`, made of nothing but the results. */
export function engineReport(results: EngineResults): string {
  const versions = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`);
  return [
    '# Engine',
    'Written by `npm run bench:engine`; [README.md](README.md) says what is measured and how.',
    `${describeRun(results.run)} ${versions.join(', ')}.`,
    '## Time',
    'Milliseconds: median (least–most). Ratio: CTranslate2 over ours, of the medians.',
    workloadTable(results),
    results.raggedLengths ?? '',
    '## Start and memory',
    startAndMemoryTable(results),
  ]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n')
    .concat('\n');
}

function workloadTable({ workloads, transformers }: EngineResults): string {
  const head = [
    'sentences × beams',
    'ours, int8',
    'CTranslate2, int8',
    'ratio',
    'CTranslate2 workers × threads',
    'transformers, fp32',
  ];
  const rows = workloads.map((workload) => [
    workload.name,
    spread(workload.ours),
    spread(workload.ctranslate2),
    (median(workload.ctranslate2) / median(workload.ours)).toFixed(2),
    describeLayouts(workload),
    transformers[workload.name] === undefined ? '–' : spread(transformers[workload.name]!),
  ]);
  return markdownTable(head, rows);
}

function spread(samples: readonly number[]): string {
  return `${toMs(median(samples))} (${toMs(Math.min(...samples))}–${toMs(Math.max(...samples))})`;
}

function describeLayouts({ layout, trials }: WorkloadResult): string {
  const tried = trials.map((trial) => `${layoutName(trial.layout)} ${toMs(trial.ms)}`);
  return `${layoutName(layout)} (tried: ${tried.join(', ')})`;
}

function startAndMemoryTable({ startMs, memoryMiB }: EngineResults): string {
  const rows: string[][] = [];
  if (startMs !== undefined)
    rows.push([
      'process start to ready, ms (warm page cache)',
      spread(startMs.ours),
      spread(startMs.ctranslate2),
    ]);
  if (memoryMiB !== undefined)
    rows.push(
      memoryRow(
        'resident at most while loading, MiB (what processes share counts in each)',
        memoryMiB,
        ({ loadPeak }) => loadPeak,
      ),
      memoryRow(
        'resident at most at 32 × 5, MiB (what processes share counts once)',
        memoryMiB,
        ({ decoding }) => decoding.resident,
      ),
      memoryRow('of that not file, MiB', memoryMiB, ({ decoding }) => decoding.anonymous),
    );
  return rows.length === 0 ? '' : markdownTable(['', 'ours', 'CTranslate2'], rows);
}

function memoryRow(
  name: string,
  { ours, ctranslate2 }: Pair<MemoryMiB>,
  pick: (memory: MemoryMiB) => number,
): string[] {
  return [name, pick(ours).toFixed(0), pick(ctranslate2).toFixed(0)];
}
