/** Observations that a fit remembers: some seconds of steps, so that it follows a machine that changes pace. */
const WINDOW = 64;

/**
 * y = intercept + slope · x through the latest observations, by least squares. Neither is ever negative: a
 * cost does not shrink with size.
 */
export class LinearFit {
  readonly #observations: { readonly x: number; readonly y: number }[] = [];

  observe(x: number, y: number): void {
    this.#observations.push({ x, y });
    if (this.#observations.length > WINDOW) this.#observations.shift();
  }

  get coefficients(): { intercept: number; slope: number } {
    const points = this.#observations;
    if (points.length === 0) return { intercept: 0, slope: 0 };
    const meanX = mean(points.map(({ x }) => x));
    const meanY = mean(points.map(({ y }) => y));
    const spread = mean(points.map(({ x }) => (x - meanX) ** 2));
    const together = mean(points.map(({ x, y }) => (x - meanX) * (y - meanY)));
    const slope = spread === 0 ? 0 : Math.max(0, together / spread);
    const intercept = meanY - slope * meanX;
    // A line that would cross zero before the origin goes through the origin instead.
    if (intercept < 0 && meanX > 0) return { intercept: 0, slope: meanY / meanX };
    return { intercept, slope };
  }

  /** The largest x of the latest observations: beyond it the line is a guess. */
  get largest(): number {
    return this.#observations.reduce((largest, { x }) => Math.max(largest, x), 0);
  }

  /** 0 where nothing has been observed. */
  predict(x: number): number {
    const { intercept, slope } = this.coefficients;
    return intercept + slope * x;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
