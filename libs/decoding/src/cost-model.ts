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

interface Lines {
  readonly step: LinearFit;
  readonly encode: LinearFit;
}

/**
 * What the model costs on this machine: step time = a + b · rows, encode time = e0 + e1 · padded tokens; and
 * how many steps a sentence takes: s0 + s1 · source tokens. With other threads steps take another time, so each
 * session has lines of its own.
 */
export class CostModel {
  readonly #lines = new Map<object, Lines>();
  readonly #length = new LinearFit();
  #current: Lines;

  constructor(session: object) {
    this.#current = this.#linesOf(session);
  }

  /** What is recorded and predicted from now on is of this session. */
  switchTo(session: object): void {
    this.#current = this.#linesOf(session);
  }

  recordStep(rows: number, durationMs: number): void {
    this.#current.step.observe(rows, durationMs);
  }

  /** `places`: source tokens of a run, padding included. */
  recordEncode(places: number, durationMs: number): void {
    this.#current.encode.observe(places, durationMs);
  }

  /** Notes how many steps a sentence has taken. */
  recordLength(sourceTokens: number, steps: number): void {
    this.#length.observe(sourceTokens, steps);
  }

  /** Notes that a sentence that was given up would have taken more than so many steps: news where fewer were expected. */
  recordShortestLength(sourceTokens: number, steps: number): void {
    if (steps > this.#length.predict(sourceTokens)) this.#length.observe(sourceTokens, steps);
  }

  /** Of the session that has been switched to. */
  get fit(): CostFit {
    return this.#fitOf(this.#current);
  }

  /** Of any session; all 0 where it has done nothing. */
  fitOf(session: object): CostFit {
    return this.#fitOf(this.#linesOf(session));
  }

  /** 0 before the first step. */
  stepMs(rows: number): number {
    return this.#current.step.predict(rows);
  }

  /** 0 before the first run of the encoder. */
  encodeMs(places: number): number {
    return this.#current.encode.predict(places);
  }

  #linesOf(session: object): Lines {
    const known = this.#lines.get(session);
    if (known !== undefined) return known;
    const lines = { step: new LinearFit(true), encode: new LinearFit(true) };
    this.#lines.set(session, lines);
    return lines;
  }

  #fitOf({ step, encode }: Lines): CostFit {
    const [stepLine, encodeLine] = [step.coefficients, encode.coefficients];
    const length = this.#length.coefficients;
    return {
      stepBaseMs: stepLine.intercept,
      stepRowMs: stepLine.slope,
      encodeBaseMs: encodeLine.intercept,
      encodePlaceMs: encodeLine.slope,
      largestStepRows: step.largest,
      largestEncodePlaces: encode.largest,
      sentenceSteps: length.intercept,
      sourceTokenSteps: length.slope,
    };
  }
}
