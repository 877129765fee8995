import { PAGE_PLACES } from '#libs/domain';
import type { StepBatch, StepOutput } from './model-port.js';
import type { Sequence } from './sequence.js';

const FULL_SHARE = 255;

/** What the beams of a step attend to in their sources. */
export class SourceAttention {
  readonly #places: number;

  private constructor(
    /** `[sentences, querySlots, places]`. */
    private readonly weights: Float32Array,
    private readonly querySlots: number,
    sourcePages: number,
  ) {
    this.#places = sourcePages * PAGE_PLACES;
  }

  /** Undefined where nobody wanted it. */
  static of(
    { sourceAttention }: StepOutput,
    { querySlots, sources }: StepBatch,
  ): SourceAttention | undefined {
    if (sourceAttention === undefined) return undefined;
    return new SourceAttention(sourceAttention, querySlots, sources.pagesPerSentence);
  }

  /** For each beam of a sentence the share of each source token in what it attends to, in 255ths. */
  rowsOf(sentence: number, { search, sourceLength }: Sequence): Uint8Array[] {
    return search.beams.map((_, beam) => {
      const first = (sentence * this.querySlots + beam) * this.#places;
      const shares = this.weights.subarray(first, first + sourceLength);
      return Uint8Array.from(shares, (share) => Math.round(share * FULL_SHARE));
    });
  }
}
