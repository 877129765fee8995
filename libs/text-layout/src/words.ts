import { type TextRange, visitSegments } from '#libs/tokenization';

/** Where the words of a text begin and end: tags and placeholders go between them. */
export class Words {
  readonly #words: TextRange[] = [];

  constructor(text: string) {
    const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });
    visitSegments(segmenter, text, (start, end, isWordLike) => {
      if (isWordLike) this.#words.push({ start, end });
    });
  }

  get all(): readonly TextRange[] {
    return this.#words;
  }

  within({ start, end }: TextRange): TextRange[] {
    return this.#words.filter((word) => word.start >= start && word.end <= end);
  }
}

/** The beginning of a word that is nearest, from `start` to `end`; `end` where there is none. */
export function nearestStart(index: number, words: readonly TextRange[], gap: TextRange): number {
  const starts = words.map(({ start }) => start);
  return nearest(index, starts, gap) ?? gap.end;
}

/** The end of a word that is nearest, from `start` to `end`; `start` where there is none. */
export function nearestEnd(index: number, words: readonly TextRange[], gap: TextRange): number {
  const ends = words.map(({ end }) => end);
  return nearest(index, ends, gap) ?? gap.start;
}

function nearest(
  index: number,
  candidates: readonly number[],
  { start, end }: TextRange,
): number | undefined {
  let best: number | undefined;
  for (const candidate of candidates)
    if (candidate >= start && candidate <= end)
      if (best === undefined || Math.abs(candidate - index) < Math.abs(best - index))
        best = candidate;
  return best;
}
