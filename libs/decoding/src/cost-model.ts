import { LinearFit } from './linear-fit.js';

/** The fitted lines, all in milliseconds; all 0 where nothing has been observed. */
export interface CostFit {
  /** Of a step, whatever its size; serving papers call it a. */
  readonly stepBaseMs: number;
  /** Of each row (beam) in a step: b. */
  readonly stepRowMs: number;
  /** Of a run of the encoder, whatever its size: e0. */
  readonly encodeBaseMs: number;
  /** Of each source place in it, padding included: e1. */
  readonly encodePlaceMs: number;
}

/** What the model costs on this machine: step time = a + b · rows, encode time = e0 + e1 · padded tokens. */
export class CostModel {
  readonly #step = new LinearFit();
  readonly #encode = new LinearFit();

  recordStep(rows: number, durationMs: number): void {
    this.#step.observe(rows, durationMs);
  }

  /** `places`: source tokens of a run, padding included. */
  recordEncode(places: number, durationMs: number): void {
    this.#encode.observe(places, durationMs);
  }

  get fit(): CostFit {
    const step = this.#step.coefficients;
    const encode = this.#encode.coefficients;
    return {
      stepBaseMs: step.intercept,
      stepRowMs: step.slope,
      encodeBaseMs: encode.intercept,
      encodePlaceMs: encode.slope,
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
