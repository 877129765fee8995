import { afterAll, beforeAll, describe, it } from 'vitest';
import { availableCores } from '#libs/inference';
import { M2M100Tokenizer } from '#libs/tokenization';
import { type BenchModels, ensureModels, ensurePeers, type PeerModels } from './bench-models.js';
import { readBenchOptions } from './bench-options.js';
import { CTranslate2, type ThreadLayout, threadLayouts } from './ctranslate2.js';
import { type EngineResults, engineReport, type MemoryMiB } from './engine-report.js';
import { readRunFacts } from './machine.js';
import { OurEngine } from './our-engine.js';
import { highestMemoryMiB, sumOfPeaksMiB } from './process-memory.js';
import { writeReport } from './report-file.js';
import { alternate, median } from './samples.js';
import { Transformers } from './transformers.js';
import { ragged, rectangle, type Workload } from './workload.js';

const options = readBenchOptions();
const START_REPETITIONS = 3;
const TRIALS = 3;
/** No second trial of what takes longer than this. */
const LONG_TRIAL_MS = 3_000;
/** transformers is here for the record: what takes longer is left out. */
const LONGEST_TRANSFORMERS_MS = 20_000;
const TRANSFORMERS_REPETITIONS = Math.min(2, options.repetitions);

let models: BenchModels;
let peers: PeerModels;
let tokenizer: M2M100Tokenizer;
let cores: number;
let results: EngineResults;

beforeAll(async () => {
  models = ensureModels(options.folder);
  peers = ensurePeers(options.folder, models.checkpointFolder);
  tokenizer = await M2M100Tokenizer.load(models.preparedFolder);
  cores = await availableCores();
  results = { run: await readRunFacts(), versions: {}, workloads: [], transformers: {} };
});

/** After each part, so that a run that is broken off leaves what it has. */
async function write(): Promise<void> {
  await writeReport(options.outputFolder, 'engine.json', JSON.stringify(results));
  await writeReport(options.outputFolder, 'engine.md', engineReport(results));
}

/** One process that uses all cores for each batch: how a small installation would start it. */
function plainLayout(): ThreadLayout {
  return { interThreads: 1, intraThreads: cores };
}

afterAll(() => {
  process.stdout.write(`\n${engineReport(results)}\n`);
});

describe('start and memory', () => {
  it('time from the start of a process to a loaded model', async () => {
    const ours = async (): Promise<number> => {
      const engine = await OurEngine.start(models.preparedFolder);
      await engine.stop();
      return engine.startMs;
    };
    const ctranslate2 = async (): Promise<number> => {
      const startedAtMs = performance.now();
      const peer = new CTranslate2(peers);
      const { versions } = await peer.load(plainLayout());
      const startMs = performance.now() - startedAtMs;
      await peer.stop();
      results.versions = { ...results.versions, ...versions };
      return startMs;
    };
    // The first start of each reads the files into the page cache.
    await alternate(1, { ours, ctranslate2 });
    results.startMs = await alternate(START_REPETITIONS, { ours, ctranslate2 });
    await write();
  });

  it('memory while loading and at 32 × 5', async () => {
    const workload = rectangle(32, 5, tokenizer);
    results.memoryMiB = {
      ours: await ourMemory(workload),
      ctranslate2: await peerMemory(workload),
    };
    await write();
  });
});

async function ourMemory(workload: Workload): Promise<MemoryMiB> {
  const engine = await OurEngine.start(models.preparedFolder);
  await engine.untilComplete();
  const loadPeak = await sumOfPeaksMiB(engine.processIds);
  const decoding = await highestMemoryMiB(engine.processIds, () => engine.translate(workload));
  await engine.stop();
  return { loadPeak, decoding };
}

async function peerMemory(workload: Workload): Promise<MemoryMiB> {
  const peer = new CTranslate2(peers);
  await peer.load(plainLayout());
  const loadPeak = await sumOfPeaksMiB([peer.processId]);
  const decoding = await highestMemoryMiB([peer.processId], () =>
    peer.translate(workload, plainLayout()),
  );
  await peer.stop();
  return { loadPeak, decoding };
}

describe('ours and CTranslate2 in turn', () => {
  let engine: OurEngine;
  let peer: CTranslate2;
  beforeAll(async () => {
    engine = await OurEngine.start(models.preparedFolder);
    await engine.untilComplete();
    peer = new CTranslate2(peers);
    for (const layout of threadLayouts(cores)) await peer.load(layout);
  });
  afterAll(async () => {
    await engine.stop();
    await peer.stop();
  });

  /** The trials are CTranslate2's warm-up too. */
  async function tryLayouts(workload: Workload): Promise<{ layout: ThreadLayout; ms: number }[]> {
    const trials = [];
    for (const layout of threadLayouts(cores)) {
      let ms = await peer.translate(workload, layout);
      for (let trial = 1; trial < TRIALS && ms < LONG_TRIAL_MS; trial++)
        ms = Math.min(ms, await peer.translate(workload, layout));
      trials.push({ layout, ms });
    }
    return trials;
  }

  async function compare(workload: Workload): Promise<void> {
    await engine.translate(workload);
    const trials = await tryLayouts(workload);
    const { layout } = trials.reduce((best, trial) => (trial.ms < best.ms ? trial : best));
    const samples = await alternate(options.repetitions, {
      ours: () => engine.translate(workload),
      ctranslate2: () => peer.translate(workload, layout),
    });
    const { name, beamSize, sentences } = workload;
    results.workloads.push({
      name,
      sentences: sentences.length,
      beamSize,
      ...samples,
      layout,
      trials,
    });
    await write();
    process.stdout.write(
      `${name}: ours ${median(samples.ours).toFixed(0)} ms, CTranslate2 ${median(samples.ctranslate2).toFixed(0)} ms\n`,
    );
  }

  for (const beamSize of [1, 5])
    for (const sentences of options.sentences)
      it(`${sentences} × ${beamSize}`, () => compare(rectangle(sentences, beamSize, tokenizer)));

  it.runIf(options.raggedSentences > 0).each([1, 5])('mixed lengths × %i', async (beamSize) => {
    const workload = ragged(options.raggedSentences, beamSize, tokenizer);
    results.raggedLengths = describeLengths(workload);
    await compare(workload);
  });
});

function describeLengths({ sentences }: Workload): string {
  const sources = sentences.map(({ sourceTokenIds }) => sourceTokenIds.length);
  const total = (lengths: readonly number[]): number => lengths.reduce((sum, n) => sum + n, 0);
  const targets = sentences.map(({ targetTokens }) => targetTokens);
  return `Mixed lengths: sources of ${Math.min(...sources)} to ${Math.max(...sources)} tokens (median ${median(sources)}, ${total(sources)} together), targets of ${Math.min(...targets)} to ${Math.max(...targets)} (${total(targets)} together).`;
}

describe('transformers, for the record', () => {
  let transformers: Transformers;
  beforeAll(async () => {
    transformers = new Transformers(peers, models, cores);
    const { versions } = await transformers.load();
    results.versions = { ...results.versions, ...versions };
    await transformers.translate(rectangle(1, 1, tokenizer));
  });
  afterAll(() => transformers.stop());

  it.each([1, 5])('beams: %i', async (beamSize) => {
    let msPerSentence = 0;
    for (const sentences of options.sentences.toSorted((a, b) => a - b)) {
      // A sentence in a larger batch never takes longer than in a smaller one.
      if (msPerSentence * sentences > LONGEST_TRANSFORMERS_MS) break;
      const workload = rectangle(sentences, beamSize, tokenizer);
      const samples = await alternate(TRANSFORMERS_REPETITIONS, {
        transformers: () => transformers.translate(workload),
      });
      results.transformers[workload.name] = samples.transformers;
      msPerSentence = median(samples.transformers) / sentences;
      await write();
    }
  });
});
