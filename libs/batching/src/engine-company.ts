import type { ForecastWork } from './finish-forecast.js';

/** A segment in the engines. Its time counts from when it came, and is infinite where it minds nobody. */
export interface CompanyMember extends ForecastWork {
  readonly owner: object;
}

/** Segments that share the engines now. The more there are, the longer each takes. */
export class EngineCompany {
  readonly #members = new Set<CompanyMember>();

  get size(): number {
    return this.#members.size;
  }

  get members(): Iterable<CompanyMember> {
    return this.#members;
  }

  /** Whether all that is there belongs to one. */
  isOnlyOf(owner: object): boolean {
    for (const member of this.#members) if (member.owner !== owner) return false;
    return true;
  }

  /** Takes a segment in; returns what lets it go. */
  join(member: CompanyMember): () => void {
    this.#members.add(member);
    return () => {
      this.#members.delete(member);
    };
  }
}
