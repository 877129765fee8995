/** Something that takes turns, as long as it has something to give. */
export interface Flow {
  /** How much it may give in a turn, in relation to the others. */
  readonly share: number;
}

/** Tokens that a flow of share 1 gains with each turn: about a sentence. More makes the others wait longer. */
export const QUANTUM_TOKENS = 32;

/**
 * Flows in a ring. The first one gives while it has credit, then goes to the end with new credit. So each flow
 * that waits gets tokens in proportion to its share, whatever the sizes are; a flow that is alone gets
 * everything.
 *
 * What a flow gives last in its turn may be larger than its credit: it goes into debt and pays with turns to
 * come. Were it to save up first, a long sentence would let all pass that came before its second turn, and
 * under load that is a whole queue.
 *
 * Source: Shreedhar and Varghese, Efficient Fair Queueing Using Deficit Round Robin, SIGCOMM 1995; with debts,
 * Adiseshu, Parulkar and Varghese, A Reliable and Scalable Striping Protocol, SIGCOMM 1996.
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
      if (credit > 0) return flow;
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

  /** A flow that has nothing to give takes neither credit nor debt along. */
  leave(flow: F): void {
    this.#credits.delete(flow);
  }
}
