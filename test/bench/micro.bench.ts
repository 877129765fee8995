import { join } from 'node:path';
import { Bench } from 'tinybench';
import { beforeAll, describe, expect, it } from 'vitest';
import { assertInvariant, DEFAULT_GENERATION_OPTIONS, PAGE_PLACES } from '#libs/domain';
import { M2M100Tokenizer } from '#libs/tokenization';
import { BeamSearch } from '../../libs/decoding/src/beam-search.js';
import type { StepOutput } from '../../libs/decoding/src/model-port.js';
import { PageStore, type PageTable } from '../../libs/decoding/src/page-store.js';
import { randomInteger, seededRandom } from '../../libs/testing/src/seeded-random.js';
import { DIRECTIONS, readEvaluation } from '../support/evaluation.js';
import { CHECKPOINTS } from '../support/prepared-models.js';
import { ensureModels, ensurePeers } from './bench-models.js';
import { readBenchOptions } from './bench-options.js';
import { huggingFaceTokenizer } from './hugging-face-tokenizer.js';
import { describeRun, readRunFacts } from './machine.js';
import { PeerProcess } from './peer-process.js';
import { markdownTable, toPercent, writeReport } from './report-file.js';
import { median } from './samples.js';

const options = readBenchOptions();
const SENTENCE_PIECE_FILE = join(CHECKPOINTS.demo, 'sentencepiece.bpe.model');
const PEER_PASSES = 20;
/** Keys and values of the 418M shape. */
const SHAPE = { tensors: 24, heads: 16, headSize: 64 };
const SENTENCES = 32;
const BEAMS = 5;
const STEPS = 24;
const PLACES = 64;

const sections: string[] = [];

beforeAll(async () => {
  sections.push('# Parts', 'Written by `npm run bench:micro`.', describeRun(await readRunFacts()));
});

async function publish(...section: string[]): Promise<void> {
  sections.push(...section);
  await writeReport(options.outputFolder, 'micro.md', sections.join('\n\n'));
  process.stdout.write(`\n${section.join('\n\n')}\n`);
}

/** Median milliseconds of each task. */
async function timeAll(tasks: Readonly<Record<string, () => void>>): Promise<Map<string, number>> {
  const bench = new Bench({ time: 1000, throws: true });
  for (const [name, task] of Object.entries(tasks)) bench.add(name, task);
  await bench.run();
  return new Map(
    bench.tasks.map(({ name, result }) => {
      assertInvariant(result.state === 'completed', `${name} is ${result.state}`);
      return [name, result.latency.p50];
    }),
  );
}

describe('tokenization', () => {
  it('of the demo model’s evaluation lines', async () => {
    const lines = DIRECTIONS.flatMap((direction) =>
      readEvaluation(direction).map(({ source }) => source),
    );
    const ours = await M2M100Tokenizer.load(CHECKPOINTS.demo);
    const theirs = huggingFaceTokenizer(SENTENCE_PIECE_FILE);
    const peer = await sentencePiecePasses(lines);
    const times = await timeAll({
      ours: () => {
        for (const line of lines) ours.encode(line, 'en');
      },
      theirs: () => {
        // Or it would only look words up that it has seen in the pass before.
        theirs.model.clear_cache();
        for (const line of lines) theirs.encode(line);
      },
    });
    const agreement = (pieces: (line: string) => readonly string[]): string =>
      toPercent(
        lines.filter((line, index) => pieces(line).join(' ') === peer.pieces[index]?.join(' '))
          .length,
        lines.length,
      );
    const row = (name: string, ms: number, agrees: string): string[] => [
      name,
      ((1000 * ms) / lines.length).toFixed(1),
      Math.round((1000 * lines.length) / ms).toLocaleString('en'),
      agrees,
    ];
    await publish(
      '## Tokenization',
      `${lines.length} lines of English, German and Japanese, one after the other in one thread; medians.`,
      markdownTable(
        ['', 'µs a line', 'lines a second', 'lines that get SentencePiece’s pieces'],
        [
          row(
            'babelserve',
            times.get('ours')!,
            agreement((line) => ours.pieces(line)),
          ),
          row(
            '@huggingface/tokenizers 0.2.0, its word cache emptied before each pass',
            times.get('theirs')!,
            agreement((line) => theirs.tokenize(line)),
          ),
          row(`SentencePiece ${peer.version} (C++, from Python)`, median(peer.samplesMs), '–'),
        ],
      ),
    );
    expect(peer.pieces).toHaveLength(lines.length);
  });
});

async function sentencePiecePasses(
  lines: readonly string[],
): Promise<{ samplesMs: number[]; pieces: string[][]; version: string }> {
  const { checkpointFolder } = ensureModels(options.folder);
  const { python } = ensurePeers(options.folder, checkpointFolder);
  const peer = new PeerProcess(python, 'sentencepiece_peer.py', [SENTENCE_PIECE_FILE]);
  const { samplesMs, pieces, versions } = (await peer.request('encode', {
    lines,
    passes: PEER_PASSES,
  })) as { samplesMs: number[]; pieces: string[][]; versions: { sentencepiece: string } };
  await peer.stop();
  return { samplesMs, pieces, version: versions.sentencepiece };
}

/** A step's output for `rows` beams with 2 · BEAMS candidates each, none of them an end token. */
function randomOutput(rows: number, random: () => number): StepOutput {
  const candidateCount = 2 * BEAMS;
  const logProbabilities = new Float32Array(rows * candidateCount);
  for (let row = 0; row < rows; row++)
    logProbabilities.subarray(row * candidateCount, (row + 1) * candidateCount).set(
      Float32Array.from({ length: candidateCount }, () => -10 * random())
        .sort()
        .reverse(),
    );
  return {
    candidateCount,
    logProbabilities,
    tokenIds: Int32Array.from({ length: rows * candidateCount }, () =>
      randomInteger(random, 1_000, 100_000),
    ),
    logNormalizers: new Float32Array(rows),
    newKeyValues: [],
  };
}

describe('a decoder step outside the model', () => {
  it('candidates, new nodes, dropped nodes', async () => {
    const random = seededRandom(5);
    const outputs = Array.from({ length: STEPS }, () => randomOutput(BEAMS, random));
    const rows = SENTENCES * BEAMS;
    const nodes = new PageStore(SHAPE);
    const sentences = Array.from({ length: SENTENCES }, (): PageTable => ({ pages: [] }));
    for (const table of sentences) nodes.grow(table, PLACES / PAGE_PLACES);
    const tables = Array.from({ length: rows }, (_, row) => sentences[Math.floor(row / BEAMS)]!);
    const places = Int32Array.from({ length: rows }, (_, row) => row % BEAMS);
    const rowSize = SHAPE.heads * SHAPE.headSize;
    const newRows = Array.from({ length: SHAPE.tensors }, () => new Float32Array(rows * rowSize));
    const search = searchThrough(outputs);
    const times = await timeAll({
      advance: () => {
        searchThrough(outputs);
      },
      append: () => {
        nodes.writeRows(newRows, tables, places);
      },
      prune: () => {
        search.prune();
      },
    });
    const searchMs = times.get('advance')! / STEPS;
    await publish(
      '## A decoder step outside the model',
      'At the 418M shape; medians.',
      markdownTable(
        ['', 'µs'],
        [
          [`candidates of one sentence of ${BEAMS} beams (\`BeamSearch.advance\`)`, searchMs],
          [`new nodes of ${SENTENCES} × ${BEAMS} (\`writeRows\`)`, times.get('append')!],
          [
            `dropping what no beam of it reaches, after ${STEPS} steps (\`BeamSearch.prune\`)`,
            times.get('prune')!,
          ],
        ].map(([name, ms]) => [String(name), (1000 * Number(ms)).toFixed(1)]),
      ),
    );
    expect(search.beams).toHaveLength(BEAMS);
  });
});

function searchThrough(outputs: readonly StepOutput[]): BeamSearch {
  const search = new BeamSearch(
    { ...DEFAULT_GENERATION_OPTIONS, beamSize: BEAMS, maxLength: outputs.length + 2 },
    { decoderStart: 2, end: 2, forcedBos: undefined },
  );
  for (const output of outputs) search.advance(output, 0);
  return search;
}
