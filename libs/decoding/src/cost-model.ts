import { LinearFit } from './linear-fit.js';

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

  /** 0 before the first step. */
  stepMs(rows: number): number {
    return this.#step.predict(rows);
  }

  /** 0 before the first run of the encoder. */
  encodeMs(places: number): number {
    return this.#encode.predict(places);
  }
}
