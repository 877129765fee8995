import { describeRun, type RunFacts } from './machine.js';
import { markdownTable, toPercent } from './report-file.js';

export interface CallersRun {
  readonly facts: RunFacts;
  /** Of each run. */
  readonly sentences: number;
  /** Sentences per second, run by run. */
  readonly one: readonly number[];
  readonly many: readonly number[];
}

const HEAD = `# Many callers against one

\`npm run bench:callers\` measures what it costs that sentences come from many callers: 64 who send one record each and wait for it, against one who sends requests of 64 records, with the same sentences in the same order, \`BATCH_SIZE\` 64 and 5 beams. The two take turns, five times each; the table has medians. The generator is one process on the same machine. The goal is 95 %.
`;

export function callersPage(runs: Readonly<Record<string, CallersRun>>): string {
  const rows = Object.entries(runs).map(([model, { one, many, sentences }]) => [
    model,
    String(sentences),
    `${median(one).toFixed(2)} / s`,
    `${median(many).toFixed(2)} / s`,
    toPercent(median(many), median(one)),
  ]);
  const facts = Object.entries(runs).map(([model, run]) => `- ${model}: ${describeRun(run.facts)}`);
  const head = ['model', 'sentences a run', 'one caller', '64 callers', 'of the one'];
  return [HEAD, markdownTable(head, rows), '', ...facts, ''].join('\n');
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
