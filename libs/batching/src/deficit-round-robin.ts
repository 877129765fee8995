/** Something that takes turns, and has something to give as long as it does. */
export interface Flow {
  /** How much it may give in a turn, in relation to the others. */
  readonly share: number;
  /** Size in tokens of what it would give next. */
  readonly headTokens: number;
}

/**
 * Tokens that a flow of share 1 gains with each turn: about a sentence. Less makes turns of several rounds,
 * more makes the others wait longer.
 */
export const QUANTUM_TOKENS = 32;

/**
 * Flows in a ring. The first one gives while its credit lasts, then goes to the end with new credit. So each
 * flow that waits gets tokens in proportion to its share, in every round, whatever the sizes are; a flow
 * that is alone gets everything.
 *
 * Source: Shreedhar and Varghese, Efficient Fair Queueing Using Deficit Round Robin, SIGCOMM 1995.
 */
export class DeficitRoundRobin<F extends Flow> {
  /** The flows in their order, with their credit in tokens. */
  readonly #credits = new Map<F, number>();

  get flows(): Iterable<F> {
    return this.#credits.keys();
  }

  /** Whose turn it is; undefined where nobody waits. Asking twice changes nothing. */
  next(): F | undefined {
    for (const [flow, credit] of this.#credits) {
      if (credit >= flow.headTokens) return flow;
      // A map's iteration comes to what is added at its end, so this goes round and round.
      this.#credits.delete(flow);
      this.#credits.set(flow, credit + QUANTUM_TOKENS * flow.share);
    }
    return undefined;
  }

  /** A flow that has something to give again joins at the end; one that is here keeps its place. */
  join(flow: F): void {
    if (!this.#credits.has(flow)) this.#credits.set(flow, QUANTUM_TOKENS * flow.share);
  }

  charge(flow: F, tokens: number): void {
    const credit = this.#credits.get(flow);
    if (credit !== undefined) this.#credits.set(flow, credit - tokens);
  }

  /** A flow that has nothing to give takes no credit along. */
  leave(flow: F): void {
    this.#credits.delete(flow);
  }
}
