/**
 * Segments that share the engines now. The more there are, the longer each takes, so each comes with how many it
 * can bear: with one more its own translation would be too late.
 */
export class EngineCompany {
  readonly #segments = new Set<{ readonly most: number; readonly owner: object }>();

  get size(): number {
    return this.#segments.size;
  }

  /** How many there may be, so that all of them are in time; infinite where nobody minds. */
  get most(): number {
    let most = Infinity;
    for (const segment of this.#segments) most = Math.min(most, segment.most);
    return most;
  }

  /** Whether all that is there belongs to one. */
  isOnlyOf(owner: object): boolean {
    for (const segment of this.#segments) if (segment.owner !== owner) return false;
    return true;
  }

  /** Takes a segment in that can bear `most`, itself included; returns what lets it go. */
  join(most: number, owner: object): () => void {
    const segment = { most, owner };
    this.#segments.add(segment);
    return () => {
      this.#segments.delete(segment);
    };
  }
}
