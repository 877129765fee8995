interface Member {
  readonly most: number;
  readonly owner: object;
}

/**
 * Segments that share the engines now. The more there are, the longer each takes, so each comes with how many it
 * can bear: with one more its own translation would be too late.
 */
export class EngineCompany {
  readonly #members = new Set<Member>();
  /** Kept, since every segment that starts asks for it. */
  #most = Infinity;

  get size(): number {
    return this.#members.size;
  }

  /** How many there may be, so that all of them are in time; infinite where nobody minds. */
  get most(): number {
    return this.#most;
  }

  /** Whether all that is there belongs to one. */
  isOnlyOf(owner: object): boolean {
    for (const member of this.#members) if (member.owner !== owner) return false;
    return true;
  }

  /** Takes a segment in that can bear `most`, itself included; returns what lets it go. */
  join(most: number, owner: object): () => void {
    const member = { most, owner };
    this.#members.add(member);
    this.#most = Math.min(this.#most, most);
    return () => {
      this.#members.delete(member);
      if (most !== this.#most || most === Infinity) return;
      this.#most = Infinity;
      for (const other of this.#members) this.#most = Math.min(this.#most, other.most);
    };
  }
}
