import type { GenerationOptions } from '#libs/domain';
import type { NextTokenTable } from './scripted-model.js';

export interface ReferenceHypothesis {
  readonly tokenIds: readonly number[];
  readonly score: number;
}

interface Scored {
  readonly tokens: readonly number[];
  readonly score: number;
}

const START = 2;
const END = 2;
const NEVER = -1e9;

/**
 * Hugging Face's search as it stands there: whole-vocabulary rows, beams padded with scores of −1e9, the
 * rules applied to every token. Slow, and written apart from the real one, to be compared with.
 *
 * Source: transformers 4.57.6, `generation/utils.py` and `logits_process.py`.
 */
export function referenceSearch(
  table: NextTokenTable,
  source: readonly number[],
  forcedBos: number | undefined,
  options: GenerationOptions,
  logNormalizer = 0,
): ReferenceHypothesis[] {
  return options.beamSize === 1
    ? [greedy(table, source, forcedBos, options, logNormalizer)]
    : beamSearch(table, source, forcedBos, options);
}

function greedy(
  table: NextTokenTable,
  source: readonly number[],
  forcedBos: number | undefined,
  options: GenerationOptions,
  logNormalizer: number,
): ReferenceHypothesis {
  const tokens = [START];
  do {
    const logits = table(source, tokens).map((value) => value + logNormalizer);
    const scores = processScores(logits, tokens, forcedBos, options);
    tokens.push(scores.indexOf(Math.max(...scores)));
  } while (tokens.at(-1) !== END && tokens.length < options.maxLength);
  return { tokenIds: tokens, score: NaN };
}

function beamSearch(
  table: NextTokenTable,
  source: readonly number[],
  forcedBos: number | undefined,
  options: GenerationOptions,
): ReferenceHypothesis[] {
  const { beamSize, maxLength, lengthPenalty, earlyStopping } = options;
  let running: Scored[] = Array.from({ length: beamSize }, (_, beam) => ({
    tokens: [START],
    score: beam === 0 ? 0 : NEVER,
  }));
  let finished: Scored[] = [];
  for (let length = 1; ;) {
    const all = running.flatMap(({ tokens, score }) =>
      Array.from(
        processScores(table(source, tokens), tokens, forcedBos, options),
        (value, token) => ({
          tokens: [...tokens, token],
          score: Math.fround(Math.fround(score) + value),
        }),
      ),
    );
    // Array.prototype.sort is stable: of equals, the lowest flat index stays first.
    const top = all.sort((a, b) => b.score - a.score).slice(0, 2 * beamSize);
    const hits = top.map(({ tokens }) => tokens.at(-1) === END || tokens.length >= maxLength);
    const justFinished = top
      .filter((_, rank) => hits[rank] && rank < beamSize)
      .map(({ tokens, score }) => ({
        tokens,
        score: Math.fround(score / length ** lengthPenalty),
      }));
    finished = [...finished, ...justFinished].sort((a, b) => b.score - a.score).slice(0, beamSize);
    running = top.filter((_, rank) => !hits[rank]).slice(0, beamSize);
    length++;
    if (hits.every(Boolean) || running.length === 0) break;
    if (finished.length < beamSize) continue;
    if (earlyStopping === true) break;
    const longest = earlyStopping === 'never' && lengthPenalty > 0 ? maxLength : length;
    const best = running[0]!.score / (longest - 1) ** lengthPenalty;
    if (best <= finished.at(-1)!.score) break;
  }
  return finished
    .slice(0, options.numHypotheses)
    .map(({ tokens, score }) => ({ tokenIds: tokens, score }));
}

function processScores(
  scores: Float32Array,
  target: readonly number[],
  forcedBos: number | undefined,
  options: GenerationOptions,
): Float32Array {
  const processed = scores.slice();
  const { repetitionPenalty, noRepeatNgramSize, minNewTokens } = options;
  for (const token of new Set(target)) {
    const score = processed[token]!;
    processed[token] = score < 0 ? score * repetitionPenalty : score / repetitionPenalty;
  }
  if (noRepeatNgramSize > 0) {
    for (let end = noRepeatNgramSize; end <= target.length; end++) {
      const ngram = target.slice(end - noRepeatNgramSize, end);
      const suffix = noRepeatNgramSize > 1 ? target.slice(1 - noRepeatNgramSize) : [];
      if (ngram.slice(0, -1).join() === suffix.join()) processed[ngram.at(-1)!] = -Infinity;
    }
  }
  if (target.length - 1 < minNewTokens) processed[END] = -Infinity;
  if (forcedBos !== undefined && target.length === 1) {
    processed.fill(-Infinity);
    processed[forcedBos] = 0;
  }
  return processed;
}
