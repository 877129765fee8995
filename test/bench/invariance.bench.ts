import { expect, it } from 'vitest';
import { DecodeLoop, type DecodeStatistics, type SequenceRequest } from '#libs/decoding';
import { DEFAULT_GENERATION_OPTIONS, type Hypothesis } from '#libs/domain';
import { availableCores, defaultEngineLimits, OnnxModel } from '#libs/inference';
import { M2M100Tokenizer } from '#libs/tokenization';
import { randomInteger, seededRandom } from '../../libs/testing/src/seeded-random.js';
import { ensureModels } from './bench-models.js';
import { readBenchOptions } from './bench-options.js';
import { describeRun, readRunFacts } from './machine.js';
import { markdownTable, writeReport } from './report-file.js';
import { raggedSources } from './workload.js';

const options = readBenchOptions();
const BEAM_SIZES = [1, 2, 5] as const;
const MAX_LENGTH = 26;
const SHORTEST_TARGET = 4;
const SEED = 418;

interface Company {
  readonly maxSentences: number;
  readonly statistics: DecodeStatistics;
  /** By request id. */
  readonly outputs: ReadonlyMap<number, string>;
}

it('gives each sentence the same ids and score bits in another company', async () => {
  const { preparedFolder } = ensureModels(options.folder);
  const model = await OnnxModel.load(preparedFolder, { threads: await availableCores() });
  const random = seededRandom(SEED);
  const requests = makeRequests(await M2M100Tokenizer.load(preparedFolder), random);
  const companies = [
    await decode(model, requests, 64, random),
    await decode(model, shuffled(requests, random), 9, random),
  ];
  await model.release();

  const [first, second] = companies.map(({ outputs }) => outputs);
  const different = requests.filter(({ id }) => first?.get(id) !== second?.get(id));
  const distinct = new Set(first?.values()).size;
  const report = await describeInvariance(companies, different.length, distinct);
  await writeReport(options.outputFolder, 'invariance.md', report);
  process.stdout.write(`\n${report}\n`);
  expect(different.map(({ id }) => id)).toEqual([]);
  expect(distinct).toBeGreaterThanOrEqual(0.9 * requests.length);
});

/** Half end where they like (at 26 tokens at the latest), half have a length that is forced. */
function makeRequests(tokenizer: M2M100Tokenizer, random: () => number): SequenceRequest[] {
  const sources = raggedSources(options.invarianceSentences, tokenizer);
  return sources.map(({ sourceTokenIds, targetLanguageId }, id) => {
    const maxLength =
      id % 2 === 0 ? MAX_LENGTH : randomInteger(random, SHORTEST_TARGET, MAX_LENGTH);
    return {
      id,
      sourceTokenIds,
      forcedBosId: targetLanguageId,
      options: {
        ...DEFAULT_GENERATION_OPTIONS,
        beamSize: BEAM_SIZES[randomInteger(random, 0, BEAM_SIZES.length - 1)]!,
        maxLength,
        minNewTokens: id % 2 === 0 ? 0 : maxLength - 1,
        earlyStopping: true,
      },
    };
  });
}

/** Decodes sentences that arrive in their order, each a random number of steps after the one before. */
async function decode(
  model: OnnxModel,
  requests: readonly SequenceRequest[],
  maxSentences: number,
  random: () => number,
): Promise<Company> {
  const limits = { ...defaultEngineLimits(maxSentences), maxQuantumSteps: 2 };
  const loop = new DecodeLoop(model, limits, () => performance.now());
  const outputs = new Map<number, string>();
  // A little faster than they are decoded, so that the batch is full most of the time, but not always.
  const arrivalsPerTurn = (1.1 * maxSentences) / MAX_LENGTH;
  let arrived = 0;
  while (outputs.size < requests.length) {
    const arriving = Math.floor(2 * arrivalsPerTurn * random() + random());
    for (const request of requests.slice(arrived, arrived + arriving)) loop.submit(request);
    arrived += arriving;
    for (const { id, hypotheses } of (await loop.turn()) ?? [])
      outputs.set(id, hypotheses.map(fingerprint).join('|'));
  }
  return { maxSentences, statistics: loop.statistics, outputs };
}

/** Ids and score bits: what has to be equal. */
function fingerprint({ tokenIds, score }: Hypothesis): string {
  const [bits] = new Uint32Array(Float32Array.of(score).buffer);
  return `${tokenIds.join()} ${bits?.toString(16) ?? ''}`;
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

async function describeInvariance(
  companies: readonly Company[],
  different: number,
  distinct: number,
): Promise<string> {
  const rows = companies.map(({ maxSentences, statistics }) => [
    String(maxSentences),
    String(statistics.steps),
    (statistics.stepSentences / statistics.steps).toFixed(1),
    (statistics.stepRows / statistics.steps).toFixed(1),
    String(statistics.encoderRuns),
  ]);
  const count = options.invarianceSentences;
  return [
    '# The same translation in any company',
    `Written by \`npm run bench:invariance\`: ${count} sentences of mixed lengths, with 1, 2 or 5 beams and up to 24 target tokens, int8 at the 418M shape, decoded twice: in other batches, in another order, joining at other steps.`,
    describeRun(await readRunFacts()),
    `**${different} of ${count} sentences differ** in an id or a bit of the score. ${distinct} outputs are distinct.`,
    markdownTable(['batch', 'steps', 'sentences a step', 'rows a step', 'encoder runs'], rows),
  ].join('\n\n');
}
