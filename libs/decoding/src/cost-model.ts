import { LinearFit } from './linear-fit.js';

/** The fitted lines, in milliseconds, and how far they were seen to go; all 0 where nothing has been observed. */
export interface CostFit {
  /** Of a step, whatever its size; serving papers call it a. */
  readonly stepBaseMs: number;
  /** Of each row (beam) in a step: b. */
  readonly stepRowMs: number;
  /** Of a run of the encoder, whatever its size: e0. */
  readonly encodeBaseMs: number;
  /** Of each source place in it, padding included: e1. */
  readonly encodePlaceMs: number;
  /** Most rows of a step, lately. */
  readonly largestStepRows: number;
  /** Most places of a run of the encoder, lately. */
  readonly largestEncodePlaces: number;
  /** Decoder steps of each sentence, whatever its length. */
  readonly sentenceSteps: number;
  /** Decoder steps more for each of its source tokens. */
  readonly sourceTokenSteps: number;
}

/**
 * What the model costs on this machine: step time = a + b · rows, encode time = e0 + e1 · padded tokens; and
 * how many steps a sentence takes: s0 + s1 · source tokens.
 */
export class CostModel {
  readonly #step = new LinearFit();
  readonly #encode = new LinearFit();
  readonly #length = new LinearFit();

  recordStep(rows: number, durationMs: number): void {
    this.#step.observe(rows, durationMs);
  }

  /** `places`: source tokens of a run, padding included. */
  recordEncode(places: number, durationMs: number): void {
    this.#encode.observe(places, durationMs);
  }

  /** Notes how many steps a sentence has taken. */
  recordLength(sourceTokens: number, steps: number): void {
    this.#length.observe(sourceTokens, steps);
  }

  get fit(): CostFit {
    const step = this.#step.coefficients;
    const encode = this.#encode.coefficients;
    const length = this.#length.coefficients;
    return {
      stepBaseMs: step.intercept,
      stepRowMs: step.slope,
      encodeBaseMs: encode.intercept,
      encodePlaceMs: encode.slope,
      largestStepRows: this.#step.largest,
      largestEncodePlaces: this.#encode.largest,
      sentenceSteps: length.intercept,
      sourceTokenSteps: length.slope,
    };
  }

  /** 0 before the first step. */
  stepMs(rows: number): number {
    return this.#step.predict(rows);
  }

  /** 0 before the first run of the encoder. */
  encodeMs(places: number): number {
    return this.#encode.predict(places);
  }
}
