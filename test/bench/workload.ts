import { DEFAULT_GENERATION_OPTIONS } from '#libs/domain';
import type { M2M100Tokenizer } from '#libs/tokenization';
import { randomInteger, seededRandom } from '../../libs/testing/src/seeded-random.js';
import type { Sentence } from '../support/engine.js';
import { DIRECTIONS, readEvaluation } from '../support/evaluation.js';

export interface BenchSentence {
  /** Language tag, pieces, end token. */
  readonly sourceTokenIds: Int32Array;
  readonly targetLanguageId: number;
  /** Tokens that follow the language token: as many as this, forced. */
  readonly targetTokens: number;
}

/** Sentences that are handed over together. */
export interface Workload {
  readonly name: string;
  readonly beamSize: number;
  readonly sentences: readonly BenchSentence[];
}

const SEED = 20261124;
const END_TOKEN_ID = 2;
const RECTANGLE_TOKENS = 24;
/** Ids that are plain pieces in a vocabulary of the released size. */
const PIECE_IDS = { least: 9_000, most: 119_000 };

/** Sentences of 24 random source tokens and 24 target tokens each. */
export function rectangle(
  sentences: number,
  beamSize: number,
  tokenizer: M2M100Tokenizer,
): Workload {
  const random = seededRandom(SEED);
  return {
    name: `${sentences} × ${beamSize}`,
    beamSize,
    sentences: Array.from({ length: sentences }, () => {
      const sourceTokenIds = Int32Array.from({ length: RECTANGLE_TOKENS }, () =>
        randomInteger(random, PIECE_IDS.least, PIECE_IDS.most),
      );
      sourceTokenIds[0] = tokenizer.languageTokenId('en');
      sourceTokenIds[RECTANGLE_TOKENS - 1] = END_TOKEN_ID;
      const targetLanguageId = tokenizer.languageTokenId('de');
      return { sourceTokenIds, targetLanguageId, targetTokens: RECTANGLE_TOKENS };
    }),
  };
}

const MEDIAN_SOURCE_TOKENS = 22;
/** The 99th percentile of a log-normal is its median times e^(2.326 σ): 110 tokens. */
const SIGMA = Math.log(110 / MEDIAN_SOURCE_TOKENS) / 2.3263;
const SHORTEST_SOURCE = 3;
const TARGET_LENGTHS = [8, 16, 24, 32, 48, 64, 96] as const;
const LONGEST_TARGET = TARGET_LENGTHS[6];

/** Sentences of mixed lengths as traffic has them: real text, joined and cut to log-normal source lengths. */
export function ragged(count: number, beamSize: number, tokenizer: M2M100Tokenizer): Workload {
  const sentences = raggedSources(count, tokenizer).map(({ sourceTokenIds, targetLanguageId }) => ({
    sourceTokenIds,
    targetLanguageId,
    targetTokens:
      TARGET_LENGTHS.find((length) => length >= sourceTokenIds.length) ?? LONGEST_TARGET,
  }));
  return { name: `${count} ragged × ${beamSize}`, beamSize, sentences };
}

/** Corpus text in log-normal lengths (median 22, 99th percentile 110 tokens), the same on every machine. */
export function raggedSources(
  count: number,
  tokenizer: M2M100Tokenizer,
): Pick<BenchSentence, 'sourceTokenIds' | 'targetLanguageId'>[] {
  const random = seededRandom(SEED);
  const corpora = DIRECTIONS.map((direction) => {
    const [from = '', to = ''] = direction.split('-');
    const lines = readEvaluation(direction).map(({ source }) => tokenizer.encode(source, from));
    return { lines, targetLanguageId: tokenizer.languageTokenId(to) };
  });
  return Array.from({ length: count }, () => {
    const corpus = corpora[randomInteger(random, 0, corpora.length - 1)]!;
    const length = Math.round(MEDIAN_SOURCE_TOKENS * Math.exp(SIGMA * normalNumber(random)));
    const sourceTokenIds = joinLines(corpus.lines, Math.max(length, SHORTEST_SOURCE), random);
    return { sourceTokenIds, targetLanguageId: corpus.targetLanguageId };
  });
}

/** Random lines after one another under the tag of the first, cut to `length` tokens. */
function joinLines(lines: readonly Int32Array[], length: number, random: () => number): Int32Array {
  const joined: number[] = [];
  while (joined.length < length - 1) {
    const line = lines[randomInteger(random, 0, lines.length - 1)]!;
    joined.push(...line.subarray(joined.length === 0 ? 0 : 1, -1));
  }
  return Int32Array.from([...joined.slice(0, length - 1), END_TOKEN_ID]);
}

/** Source: Box and Muller, 1958. */
function normalNumber(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The workload as our engine takes it: start, language and `targetTokens` more, and no end before. */
export function toSentences({ beamSize, sentences }: Workload): Sentence[] {
  return sentences.map(({ sourceTokenIds, targetLanguageId, targetTokens }) => ({
    sourceTokenIds,
    forcedBosId: targetLanguageId,
    options: {
      ...DEFAULT_GENERATION_OPTIONS,
      beamSize,
      maxLength: targetTokens + 2,
      minNewTokens: targetTokens + 1,
      earlyStopping: true,
    },
  }));
}
