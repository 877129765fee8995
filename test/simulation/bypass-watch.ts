import { QUANTUM_TOKENS } from '../../libs/batching/src/deficit-round-robin.js';
import { LONGEST_TOKENS } from './schedule.js';

/** What takes turns at some level: a caller, or a request of a caller. */
export interface WatchedFlow {
  readonly name: string;
  readonly share: number;
}

/** A flow that another one has overtaken too far, in words. */
export interface Starvation {
  readonly flow: WatchedFlow;
  readonly fault: string;
}

/**
 * Nobody starves: while a flow waits, each other one is served no more than in the rounds that the first needs
 * to pay for its longest segment. Follows from deficit round robin, and from little else.
 */
export class BypassWatch {
  /** Tokens that others were served since the flow was, or began to wait. */
  readonly #bypassed = new Map<WatchedFlow, Map<WatchedFlow, number>>();

  /** `served` gets tokens while `waiting` wait. Returns what is wrong with that, if anything is. */
  serve(
    served: WatchedFlow,
    tokens: number,
    waiting: ReadonlySet<WatchedFlow>,
  ): Starvation | undefined {
    let starvation: Starvation | undefined;
    this.#bypassed.delete(served);
    for (const flow of this.#bypassed.keys()) if (!waiting.has(flow)) this.#bypassed.delete(flow);
    for (const flow of waiting) {
      if (flow === served) continue;
      const by = this.#bypassed.get(flow) ?? new Map<WatchedFlow, number>();
      this.#bypassed.set(flow, by);
      const total = (by.get(served) ?? 0) + tokens;
      by.set(served, total);
      if (total > bound(flow, served))
        starvation = {
          flow,
          fault: `starvation: ${flow.name} waits while ${served.name} is served ${total} tokens`,
        };
    }
    return starvation;
  }
}

function bound(waiting: WatchedFlow, served: WatchedFlow): number {
  const rounds = Math.ceil(LONGEST_TOKENS / (QUANTUM_TOKENS * waiting.share)) + 1;
  return rounds * QUANTUM_TOKENS * served.share + LONGEST_TOKENS;
}
