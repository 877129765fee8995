import type { Alignment, TextRange } from '#libs/tokenization';
import type { Words } from './words.js';

/** What a word more or less than the part's share of the sentence takes from a run's gain. */
const LENGTH_COST = 0.25;
const NEARLY_ZERO = 1e-9;

/**
 * How the words of a translation belong to those of its sentence, by what the model attended to. Attention alone
 * gives articles and auxiliaries to the noun or verb after them; it is looked at from both sides, therefore:
 * which words a word attends to, and which words attend to a word.
 */
export class WordAlignment {
  /** `[target words, source words]`, each row has the sum 1. */
  readonly #rows: readonly (readonly number[])[];
  /** The same with the sum 1 of each column. */
  readonly #columns: readonly (readonly number[])[];

  constructor(
    private readonly sources: Words,
    private readonly targets: Words,
    alignment: Alignment,
  ) {
    const tokensOfSources = sources.all.map((word) => overlapping(word, alignment.sources));
    this.#rows = targets.all.map((word) => {
      const rows = overlapping(word, alignment.targets).map((token) => alignment.shares[token]);
      return normalized(
        tokensOfSources.map((tokens) =>
          sum(rows.flatMap((row) => tokens.map((token) => row?.[token] ?? 0))),
        ),
      );
    });
    const columnSums = sources.all.map((_, source) =>
      sum(this.#rows.map((row) => row[source] ?? 0)),
    );
    this.#columns = this.#rows.map((row) =>
      row.map((share, source) => share / Math.max(NEARLY_ZERO, columnSums[source] ?? 0)),
    );
  }

  /** The words that come from a part of the sentence, all in one place; undefined where that is not sure. */
  rangeOf(part: TextRange): TextRange | undefined {
    const gains = this.#gains(part);
    const partWords = this.sources.all.filter((word) => overlap(word, part)).length;
    const wantedWords = (partWords * gains.length) / Math.max(1, this.sources.all.length);
    let best = { start: 0, end: 0, gain: 0 };
    for (const [first, { start }] of this.targets.all.entries()) {
      let sumOfGains = 0;
      for (let last = first; last < gains.length; last++) {
        sumOfGains += gains[last] ?? 0;
        const gain = sumOfGains - LENGTH_COST * Math.abs(last - first + 1 - wantedWords);
        if (gain > best.gain) best = { start, end: this.targets.all[last]?.end ?? 0, gain };
      }
    }
    return best.end > best.start ? { start: best.start, end: best.end } : undefined;
  }

  /**
   * Between which words the words before and those behind an index of the sentence part: the end of the word
   * before and the start of the one after. Undefined where that is not sure.
   */
  gapAt(index: number): TextRange | undefined {
    const gains = this.#gains({ start: 0, end: index });
    let [gain, bestGain, bestCount] = [0, 0, 0];
    gains.forEach((wordGain, word) => {
      gain += wordGain;
      if (gain > bestGain) [bestGain, bestCount] = [gain, word + 1];
    });
    const [before, after] = [this.targets.all[bestCount - 1], this.targets.all[bestCount]];
    return before === undefined || after === undefined
      ? undefined
      : { start: before.end, end: after.start };
  }

  /** What each word of the translation speaks for coming from a part: from −1 to 1 for its row, and for its columns. */
  #gains(part: TextRange): number[] {
    const signs = this.sources.all.map((word) => (overlap(word, part) ? 1 : -1));
    const signed = (values: readonly number[]): number =>
      sum(values.map((value, source) => value * (signs[source] ?? 0)));
    return this.#rows.map((row, target) => signed(row) + signed(this.#columns[target] ?? []));
  }
}

function overlapping(word: TextRange, tokens: readonly TextRange[]): number[] {
  return tokens.flatMap((token, index) => (overlap(word, token) ? [index] : []));
}

function overlap(one: TextRange, other: TextRange): boolean {
  return one.start < other.end && other.start < one.end;
}

function normalized(values: readonly number[]): number[] {
  const total = Math.max(NEARLY_ZERO, sum(values));
  return values.map((value) => value / total);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
