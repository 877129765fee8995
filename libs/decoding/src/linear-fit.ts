/** Observations that a line is drawn through: enough for steps of many sizes. */
const WINDOW = 256;
/** The latest of them: how fast the machine is now, … */
const RECENT = 16;
/** … and so many where it is quicker than before, or the line too high for the sizes that there are now. */
const LASTING = 64;

interface Line {
  readonly intercept: number;
  readonly slope: number;
}

interface Observation {
  readonly x: number;
  readonly y: number;
}

/**
 * y = intercept + slope · x through the latest observations, by least squares. Neither is ever negative: a cost does not
 * shrink with size.
 *
 * Of times the line can follow the pace. What costs are to each other changes little, how long they take on a shared
 * machine changes by the second: the line keeps its shape, and is raised where the very latest lie above it. That it has
 * become quicker is believed when it lasts. Costs are no straight line either: one through steps of a hundred rows and
 * of five was a fifth too high for those of thirty.
 */
export class LinearFit {
  readonly #observations: Observation[] = [];
  #line: Line | undefined = { intercept: 0, slope: 0 };

  constructor(private readonly followsPace = false) {}

  observe(x: number, y: number): void {
    this.#observations.push({ x, y });
    if (this.#observations.length > WINDOW) this.#observations.shift();
    this.#line = undefined;
  }

  get coefficients(): Line {
    return (this.#line ??= this.#fit());
  }

  /** The largest x of the latest observations: beyond it the line is a guess. */
  get largest(): number {
    return this.#observations.reduce((largest, { x }) => Math.max(largest, x), 0);
  }

  /** 0 where nothing has been observed. */
  predict(x: number): number {
    return at(this.coefficients, x);
  }

  #fit(): Line {
    const line = leastSquares(this.#observations);
    if (!this.followsPace) return line;
    const pace = Math.max(this.#pace(line, RECENT), this.#pace(line, LASTING));
    return { intercept: pace * line.intercept, slope: pace * line.slope };
  }

  /** How far the latest observations lie above the line, as a factor. */
  #pace(line: Line, count: number): number {
    const latest = this.#observations.slice(-count);
    const expected = sum(latest, ({ x }) => at(line, x));
    return expected === 0 ? 1 : sum(latest, ({ y }) => y) / expected;
  }
}

function leastSquares(points: readonly Observation[]): Line {
  const meanX = sum(points, ({ x }) => x) / points.length;
  const meanY = sum(points, ({ y }) => y) / points.length;
  const spread = sum(points, ({ x }) => (x - meanX) ** 2);
  const together = sum(points, ({ x, y }) => (x - meanX) * (y - meanY));
  const slope = spread === 0 ? 0 : Math.max(0, together / spread);
  const intercept = meanY - slope * meanX;
  // A line that would cross zero before the origin goes through the origin instead.
  if (intercept < 0 && meanX > 0) return { intercept: 0, slope: meanY / meanX };
  return { intercept, slope };
}

function at({ intercept, slope }: Line, x: number): number {
  return intercept + slope * x;
}

function sum(points: readonly Observation[], value: (point: Observation) => number): number {
  return points.reduce((total, point) => total + value(point), 0);
}
