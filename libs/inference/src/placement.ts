import type { SequenceRequest } from '#libs/decoding';

/**
 * Rows up to which one engine with all cores is quicker than two with half of them each: with few rows a step is
 * bound by reading the weights, which two engines would read twice (docs/benchmarks/README.md).
 */
const ROWS_BEFORE_ANOTHER = 16;

/** An engine as it is, and what it is about to get. */
export class Place<Engine extends { readonly rows: number; readonly room: number }> {
  readonly share: SequenceRequest[] = [];
  #rows: number;

  constructor(readonly engine: Engine) {
    this.#rows = engine.rows;
  }

  get rows(): number {
    return this.#rows;
  }

  get room(): number {
    return this.engine.room - this.share.length;
  }

  add(request: SequenceRequest): void {
    this.share.push(request);
    this.#rows += request.options.beamSize;
  }
}

/**
 * Where the next sentence goes: to the first engine until it has enough rows to be at full speed, then to the
 * next; when all have, to the one with the fewest. Engines without room come last. `places` is not empty.
 */
export function choosePlace<Candidate extends { readonly rows: number; readonly room: number }>(
  places: readonly [Candidate, ...Candidate[]],
): Candidate {
  const roomy = places.filter(({ room }) => room > 0);
  const unfilled = roomy.find(({ rows }) => rows < ROWS_BEFORE_ANOTHER);
  if (unfilled !== undefined) return unfilled;
  const [first, ...others] = roomy.length > 0 ? (roomy as [Candidate, ...Candidate[]]) : places;
  return others.reduce((best, other) => (other.rows < best.rows ? other : best), first);
}
