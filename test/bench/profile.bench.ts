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
import { rectangle, toSentences } from './workload.js';

const options = readBenchOptions();
const SENTENCES = 32;
const BEAMS = 5;
/** Operators that take less are summed up. */
const SMALLEST_SHARE = 0.005;

it('where the time of 32 × 5 goes', async () => {
  const { preparedFolder } = ensureModels(options.folder);
  const folder = await mkdtemp(join(tmpdir(), 'babelserve-profile-'));
  const model = await OnnxModel.load(preparedFolder, {
    threads: await availableCores(),
    profileFilePrefix: join(folder, 'ort'),
  });
  const workload = rectangle(SENTENCES, BEAMS, await M2M100Tokenizer.load(preparedFolder));
  const loop = new DecodeLoop(model, defaultEngineLimits(), () => performance.now());
  toSentences(workload).forEach((sentence, id) => {
    loop.submit({ ...sentence, id });
  });
  while ((await loop.turn()) !== undefined);
  await model.release();
  const [encoder, decoder] = await Promise.all([
    readProfile(folder, 'ort-encoder'),
    readProfile(folder, 'ort-decoder'),
  ]);
  await rm(folder, { recursive: true });
  expect(loop.statistics.finishedSentences).toBe(SENTENCES);
  const report = [
    '# Where the time of 32 × 5 goes',
    'Written by `npm run bench:profile`: one batch of 32 sentences with 5 beams, 24 source and 24 target tokens, as onnxruntime’s own profiler sees it. Profiling slows the run down a little.',
    describeRun(await readRunFacts()),
    ...section('Decoder', decoder, loop.statistics.steps, loop.statistics.stepMs),
    ...section('Encoder', encoder, loop.statistics.encoderRuns, loop.statistics.encodeMs),
  ].join('\n\n');
  await writeReport(options.outputFolder, 'profile-32x5.md', report);
  process.stdout.write(`\n${report}\n`);
});

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
    `${runs} runs: ${toMs(wallMs)} ms with the JavaScript around them, ${toMs(kernelMs)} ms in operators. **Integer matrix products: ${toPercent(productMs, kernelMs)} of the operators’ time, ${toPercent(productMs, wallMs)} of all.**`,
    markdownTable(['operator', 'ms', 'share', 'calls'], rows),
  ];
}
