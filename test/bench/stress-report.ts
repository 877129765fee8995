import { describeRun, type RunFacts } from './machine.js';
import { markdownTable } from './report-file.js';
import { EXPERIMENTS, type StressResult } from './stress-experiments.js';

export interface StressRun {
  readonly facts: RunFacts;
  readonly results: readonly StressResult[];
}

const HEAD = `# The published stress test

\`npm run bench:stress\` runs it: six times 100 requests of 1 and 16 records, one every 0.5 s, 0.1 s and 0.01 s, sent whatever has become of the ones before, with 5 beams. A request is successful when each of its records has a translation within the deadline of 30 s. What cannot be done within it is refused with 503 at once, which is what the service is meant to do with more than the machine can bear: the share of successful requests is the share that met the deadline. Response times are those of the successful requests.

The figures beside are those published for a service of FastAPI and transformers with M2M100 on a V100: another model than the demo model, and another machine than any here, so they are no comparison of speed; they are what the test is known by.
`;

export function stressPage(runs: Readonly<Record<string, StressRun>>): string {
  const sections = Object.entries(runs).map(([model, run]) => sectionOf(model, run));
  return [HEAD, ...sections].join('\n');
}

function sectionOf(model: string, { facts, results }: StressRun): string {
  const rows = results.map(({ paySize, sleepSeconds, measurement }) => {
    const { published } =
      EXPERIMENTS.find((one) => one.paySize === paySize && one.sleepSeconds === sleepSeconds) ?? {};
    const { requests, responseTimes, successful, endings } = measurement;
    const seconds = (timeMs: number | undefined): string =>
      timeMs === undefined ? '–' : `${(timeMs / 1000).toFixed(2)} s`;
    return [
      `${paySize} every ${sleepSeconds} s`,
      `${((100 * successful) / requests).toFixed(0)} %`,
      seconds(responseTimes?.averageMs),
      seconds(responseTimes?.minimumMs),
      seconds(responseTimes?.maximumMs),
      Object.entries(endings)
        .map(([ending, count]) => `${ending}: ${count}`)
        .join(', '),
      `${published?.successPercent ?? 0} %, ${published?.averageSeconds ?? 0} s`,
    ];
  });
  const plots = results.map(({ paySize, sleepSeconds }) => {
    const name = `${paySize}-every-${sleepSeconds}`;
    return `![${paySize} every ${sleepSeconds} s: response times](stress/${model}/${name}-response-times.svg)`;
  });
  return `## ${model}

${describeRun(facts)}

${markdownTable(
  ['records', 'successful', 'average', 'minimum', 'maximum', 'answers', 'published'],
  rows,
)}

${plots.join('\n')}

Rows in a step, queue, processors and memory of each are beside these in \`stress/${model}\`.
`;
}
