import { DeficitRoundRobin, type Flow, QUANTUM_TOKENS } from './deficit-round-robin.js';
import type { QueuedSegment, SegmentQueue } from './segment-queue.js';
import type { Caller } from './segment-work.js';
import { turnsFor, WaitingTurns } from './waiting-turns.js';

/**
 * Callers take turns by their shares, the requests of a caller take turns as equals, and the segments of a
 * request go in their order. Turns are counted in source tokens.
 */
export class FairQueue<Segment extends QueuedSegment> implements SegmentQueue<Segment> {
  readonly #turns = new DeficitRoundRobin<CallerFlow<Segment>>();
  readonly #callers = new Map<Caller, CallerFlow<Segment>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get requests(): number {
    let requests = 0;
    for (const flow of this.#callers.values()) requests += flow.requests;
    return requests;
  }

  push(segment: Segment): void {
    const { caller } = segment;
    const flow = this.#callers.get(caller) ?? new CallerFlow<Segment>(caller.share);
    this.#callers.set(caller, flow);
    flow.push(segment);
    this.#turns.join(flow);
    this.#size++;
  }

  next(): Segment | undefined {
    return this.#turns.next()?.next();
  }

  take(segment: Segment): void {
    const flow = this.#callers.get(segment.caller);
    if (flow === undefined) return;
    this.#turns.charge(flow, segment.sourceTokens);
    flow.charge(segment);
    this.remove(segment);
  }

  remove(segment: Segment): boolean {
    const { caller } = segment;
    const flow = this.#callers.get(caller);
    if (flow?.remove(segment) !== true) return false;
    this.#size--;
    if (flow.requests === 0) {
      this.#turns.leave(flow);
      this.#callers.delete(caller);
    }
    return true;
  }

  tokensUntilDone(caller: Caller, requestTokens: number): number {
    const own = this.#callers.get(caller);
    const callersTokens = requestTokens + (own?.tokensBefore(requestTokens) ?? 0);
    let tokens = callersTokens;
    for (const flow of this.#turns.flows)
      if (flow !== own) tokens += tokensInTurns(flow, turnsFor(callersTokens, caller.share));
    return tokens;
  }
}

/** What a flow gets at the most in so many turns. */
function tokensInTurns(flow: Flow & { readonly tokens: number }, turns: number): number {
  return Math.min(flow.tokens, turns * QUANTUM_TOKENS * flow.share);
}

/** What waits of one caller. */
class CallerFlow<Segment extends QueuedSegment> implements Flow {
  readonly #turns = new DeficitRoundRobin<RequestFlow<Segment>>();
  readonly #requests = new Map<object, RequestFlow<Segment>>();
  readonly #waitingTurns = new WaitingTurns();
  #tokens = 0;

  constructor(readonly share: number) {}

  get requests(): number {
    return this.#requests.size;
  }

  get tokens(): number {
    return this.#tokens;
  }

  push(segment: Segment): void {
    const flow = this.#requests.get(segment.request) ?? new RequestFlow<Segment>();
    this.#requests.set(segment.request, flow);
    const { tokens } = flow;
    flow.push(segment);
    this.#waitingTurns.move(tokens, flow.tokens);
    this.#turns.join(flow);
    this.#tokens += segment.sourceTokens;
  }

  next(): Segment | undefined {
    return this.#turns.next()?.head;
  }

  charge({ request, sourceTokens }: Segment): void {
    const flow = this.#requests.get(request);
    if (flow !== undefined) this.#turns.charge(flow, sourceTokens);
  }

  remove(segment: Segment): boolean {
    const flow = this.#requests.get(segment.request);
    if (flow?.has(segment) !== true) return false;
    const { tokens } = flow;
    flow.remove(segment);
    this.#waitingTurns.move(tokens, flow.tokens);
    this.#tokens -= segment.sourceTokens;
    if (flow.head === undefined) {
      this.#turns.leave(flow);
      this.#requests.delete(segment.request);
    }
    return true;
  }

  /** What the other requests of this caller get while one that comes now gets `requestTokens`. */
  tokensBefore(requestTokens: number): number {
    return this.#waitingTurns.tokensWithin(turnsFor(requestTokens));
  }
}

/** What waits of one request, in its order. */
class RequestFlow<Segment extends QueuedSegment> implements Flow {
  readonly share = 1;
  readonly #segments = new Set<Segment>();
  #tokens = 0;

  get tokens(): number {
    return this.#tokens;
  }

  get head(): Segment | undefined {
    const [first] = this.#segments;
    return first;
  }

  has(segment: Segment): boolean {
    return this.#segments.has(segment);
  }

  push(segment: Segment): void {
    this.#segments.add(segment);
    this.#tokens += segment.sourceTokens;
  }

  remove(segment: Segment): void {
    this.#segments.delete(segment);
    this.#tokens -= segment.sourceTokens;
  }
}
