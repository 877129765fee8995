import { DeficitRoundRobin, type Flow, QUANTUM_TOKENS } from './deficit-round-robin.js';
import type { QueuedSegment, SegmentQueue } from './segment-queue.js';
import type { Caller } from './segment-work.js';

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

  shift(): Segment | undefined {
    const flow = this.#turns.next();
    const segment = flow?.takeNext();
    if (flow === undefined || segment === undefined) return undefined;
    this.#turns.charge(flow, segment.sourceTokens);
    this.#forget(flow, segment);
    return segment;
  }

  remove(segment: Segment): boolean {
    const flow = this.#callers.get(segment.caller);
    if (flow?.remove(segment) !== true) return false;
    this.#forget(flow, segment);
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

  #forget(flow: CallerFlow<Segment>, { caller }: Segment): void {
    this.#size--;
    if (flow.requests > 0) return;
    this.#turns.leave(flow);
    this.#callers.delete(caller);
  }
}

/** Turns that a flow needs for so many tokens. */
function turnsFor(tokens: number, share: number): number {
  return Math.ceil(tokens / (QUANTUM_TOKENS * share));
}

/** What a flow gets at the most in so many turns. */
function tokensInTurns(flow: Flow & { readonly tokens: number }, turns: number): number {
  return Math.min(flow.tokens, turns * QUANTUM_TOKENS * flow.share);
}

/** What waits of one caller. */
class CallerFlow<Segment extends QueuedSegment> implements Flow {
  readonly #turns = new DeficitRoundRobin<RequestFlow<Segment>>();
  readonly #requests = new Map<object, RequestFlow<Segment>>();
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
    flow.push(segment);
    this.#turns.join(flow);
    this.#tokens += segment.sourceTokens;
  }

  takeNext(): Segment | undefined {
    const flow = this.#turns.next();
    const segment = flow?.head;
    if (flow === undefined || segment === undefined) return undefined;
    this.#turns.charge(flow, segment.sourceTokens);
    this.#take(flow, segment);
    return segment;
  }

  remove(segment: Segment): boolean {
    const flow = this.#requests.get(segment.request);
    if (flow?.has(segment) !== true) return false;
    this.#take(flow, segment);
    return true;
  }

  /** What the other requests of this caller get while one that comes now gets `requestTokens`. */
  tokensBefore(requestTokens: number): number {
    let tokens = 0;
    for (const flow of this.#turns.flows) tokens += tokensInTurns(flow, turnsFor(requestTokens, 1));
    return tokens;
  }

  #take(flow: RequestFlow<Segment>, segment: Segment): void {
    flow.remove(segment);
    this.#tokens -= segment.sourceTokens;
    if (flow.head !== undefined) return;
    this.#turns.leave(flow);
    this.#requests.delete(segment.request);
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
