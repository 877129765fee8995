import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DecodeLoop, type DecodeStatistics } from '#libs/decoding';
import { availableCores, defaultEngineLimits, OnnxModel } from '#libs/inference';
import { M2M100Tokenizer } from '#libs/tokenization';
import { ensureModels } from './bench-models.js';
import { readBenchOptions } from './bench-options.js';
import { describeRun, readRunFacts } from './machine.js';
import { type OperatorTime, readProfile } from './ort-profile.js';
import { markdownTable, toMs, toPercent, writeReport } from './report-file.js';
import { rectangle, toSentences, type Workload } from './workload.js';

const options = readBenchOptions();
const SENTENCES = 32;
const BEAMS = 5;
/** Operators that take less are summed up. */
const SMALLEST_SHARE = 0.005;

it('where the time of 32 × 5 goes', async () => {
  const { preparedFolder } = ensureModels(options.folder);
  const workload = rectangle(SENTENCES, BEAMS, await M2M100Tokenizer.load(preparedFolder));
  const folder = await mkdtemp(join(tmpdir(), 'babelserve-profile-'));
  const model = await OnnxModel.load(preparedFolder, {
    threads: await availableCores(),
    profileFilePrefix: join(folder, 'ort'),
  });
  const { first, last } = await decodeTwice(workload, model);
  const encoder = await readProfile(folder, 'ort-encoder', first.encoderRuns);
  const decoder = await readProfile(folder, 'ort-decoder', first.steps);
  await rm(folder, { recursive: true });
  const report = [
    '# Where the time of 32 × 5 goes',
    'Written by `npm run bench:profile`: one batch of 32 sentences with 5 beams, 24 source and 24 target tokens, the second of a process. Times are those of onnxruntime’s own profiler, which slows a run down by some percent. Products to 16368 and 13536 columns are those with the vocabulary, in blocks.',
    describeRun(await readRunFacts()),
    ...section('Decoder', decoder, last.steps, last.stepMs),
    ...section('Encoder', encoder, last.encoderRuns, last.encodeMs),
  ].join('\n\n');
  await writeReport(options.outputFolder, 'profile-32x5.md', report);
  process.stdout.write(`\n${report}\n`);
});

type RunTimes = Pick<DecodeStatistics, 'steps' | 'stepMs' | 'encoderRuns' | 'encodeMs'>;

interface TwoRuns {
  readonly first: RunTimes;
  readonly last: RunTimes;
}

/** Decodes the same twice: the first time, memory is taken from the system. Releases the model. */
async function decodeTwice(workload: Workload, model: OnnxModel): Promise<TwoRuns> {
  const loop = new DecodeLoop(model, defaultEngineLimits(), () => performance.now());
  const decode = async (): Promise<void> => {
    toSentences(workload).forEach((sentence, id) => {
      loop.submit({ ...sentence, id });
    });
    while ((await loop.turn()) !== undefined);
  };
  await decode();
  const first = loop.statistics;
  await decode();
  await model.release();
  const { steps, stepMs, encoderRuns, encodeMs, finishedSentences } = loop.statistics;
  expect(finishedSentences).toBe(2 * SENTENCES);
  const last = {
    steps: steps - first.steps,
    stepMs: stepMs - first.stepMs,
    encoderRuns: encoderRuns - first.encoderRuns,
    encodeMs: encodeMs - first.encodeMs,
  };
  return { first, last };
}

function section(
  title: string,
  operators: readonly OperatorTime[],
  runs: DecodeStatistics['steps'],
  wallMs: number,
): string[] {
  const sum = (some: readonly OperatorTime[]): number => some.reduce((all, { ms }) => all + ms, 0);
  const kernelMs = sum(operators);
  const productMs = sum(operators.filter(({ isIntegerProduct }) => isIntegerProduct));
  const isLarge = ({ ms }: OperatorTime): boolean => ms >= SMALLEST_SHARE * kernelMs;
  const small = operators.filter((operator) => !isLarge(operator));
  const calls = small.reduce((all, operator) => all + operator.calls, 0);
  const rows = [
    ...operators.filter(isLarge),
    { name: `${small.length} others`, ms: sum(small), calls },
  ].map(({ name, ms, calls: count }) => [name, toMs(ms), toPercent(ms, kernelMs), String(count)]);
  return [
    `## ${title}`,
    `${runs} runs: ${toMs(wallMs)} ms with the JavaScript and the profiler around them, ${toMs(kernelMs)} ms in operators. **Integer matrix products: ${toPercent(productMs, kernelMs)} of the operators’ time, ${toPercent(productMs, wallMs)} of all.**`,
    markdownTable(['operator', 'ms', 'share', 'calls'], rows),
  ];
}
