import { QUANTUM_TOKENS } from './deficit-round-robin.js';

/**
 * How many flows wait, by the turns that they need: what they get in the next turns can be told without
 * asking each of them, however many there are.
 */
export class WaitingTurns {
  readonly #byTurns: { flows: number; tokens: number }[] = [];
  #flows = 0;

  /** A flow that waits with so many tokens, 0 for none, does so with so many now. */
  move(beforeTokens: number, nowTokens: number): void {
    this.#count(beforeTokens, -1);
    this.#count(nowTokens, 1);
  }

  /** Tokens that all flows together get in so many turns of each. */
  tokensWithin(turns: number): number {
    let tokens = 0;
    let flows = this.#flows;
    for (const own of this.#byTurns.slice(0, turns + 1)) {
      tokens += own.tokens;
      flows -= own.flows;
    }
    return tokens + flows * turns * QUANTUM_TOKENS;
  }

  #count(tokens: number, sign: 1 | -1): void {
    if (tokens === 0) return;
    const turns = turnsFor(tokens);
    while (this.#byTurns.length <= turns) this.#byTurns.push({ flows: 0, tokens: 0 });
    const own = this.#byTurns[turns];
    if (own === undefined) return;
    own.flows += sign;
    own.tokens += sign * tokens;
    this.#flows += sign;
  }
}

/** Turns that a flow needs for so many tokens. */
export function turnsFor(tokens: number, share = 1): number {
  return Math.ceil(tokens / (QUANTUM_TOKENS * share));
}
