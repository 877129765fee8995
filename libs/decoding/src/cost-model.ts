import { LinearFit } from './linear-fit.js';

/** The fitted lines, in milliseconds at the present pace, and how far they were seen to go; all 0 where nothing has been observed. */
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
 *
 * Times are kept as the work of one thread, and n threads take an nth of it. So what steps cost an engine that has the
 * machine to itself tells what they cost it in company, too, and no line is out of date because for a while nobody
 * has used its number of threads: one that said too much would see to it that nobody did.
 */
export class CostModel {
  readonly #step = new LinearFit(true);
  readonly #encode = new LinearFit(true);
  readonly #length = new LinearFit();

  /** @param threads that the model computes with */
  constructor(private threads: number) {}

  /** What is recorded and predicted from now on is with so many threads. */
  switchTo(threads: number): void {
    this.threads = threads;
  }

  recordStep(rows: number, durationMs: number): void {
    this.#step.observe(rows, durationMs * this.threads);
  }

  /** `places`: source tokens of a run, padding included. */
  recordEncode(places: number, durationMs: number): void {
    this.#encode.observe(places, durationMs * this.threads);
  }

  /** Notes how many steps a sentence has taken. */
  recordLength(sourceTokens: number, steps: number): void {
    this.#length.observe(sourceTokens, steps);
  }

  /** Notes that a sentence that was given up would have taken more than so many steps: news where fewer were expected. */
  recordShortestLength(sourceTokens: number, steps: number): void {
    if (steps > this.#length.predict(sourceTokens)) this.#length.observe(sourceTokens, steps);
  }

  /** With so many threads. */
  fitWith(threads: number): CostFit {
    const [step, encode] = [this.#step.coefficients, this.#encode.coefficients];
    const length = this.#length.coefficients;
    return {
      stepBaseMs: step.intercept / threads,
      stepRowMs: step.slope / threads,
      encodeBaseMs: encode.intercept / threads,
      encodePlaceMs: encode.slope / threads,
      largestStepRows: this.#step.largest,
      largestEncodePlaces: this.#encode.largest,
      sentenceSteps: length.intercept,
      sourceTokenSteps: length.slope,
    };
  }

  /** 0 before the first step. */
  stepMs(rows: number): number {
    return this.#step.predict(rows) / this.threads;
  }

  /** 0 before the first run of the encoder. */
  encodeMs(places: number): number {
    return this.#encode.predict(places) / this.threads;
  }

  /**
   * For who must not be surprised by a long run. Through runs of one size goes any line: beyond the largest lately seen,
   * each place is taken to cost what its places did, base included.
   */
  cautiousEncodeMs(places: number): number {
    const { largest } = this.#encode;
    if (places <= largest || largest === 0) return this.encodeMs(places);
    return (this.encodeMs(largest) * places) / largest;
  }
}
