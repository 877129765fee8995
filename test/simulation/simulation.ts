import { setImmediate as nextTurn } from 'node:timers/promises';
import { vi } from 'vitest';
import { BatchingService, type SegmentWork } from '#libs/batching';
import { BypassWatch, type Starvation, type WatchedFlow } from './bypass-watch.js';
import { type Schedule, scheduleOf } from './schedule.js';
import { ScriptedReplica } from './scripted-replica.js';
import { SimulatedRequest } from './simulated-request.js';

/** No schedule has so many events; a simulation that does goes round in circles. */
const MOST_TURNS = 20_000;

export interface SimulationResult {
  /** Each begins with the invariant that is broken. */
  readonly faults: readonly string[];
  /** How requests ended, by how often; `done` for those that were let in. */
  readonly outcomes: ReadonlyMap<string, number>;
}

/**
 * Runs the queue with its admission, as it is, through one schedule, and looks at the invariants after each
 * event. The clock is vitest's: `vi.useFakeTimers` first, `setImmediate` left alone.
 */
export async function simulate(seed: number): Promise<SimulationResult> {
  const simulation = new Simulation(scheduleOf(seed));
  await simulation.run();
  return simulation.result;
}

class Simulation {
  readonly #faults: string[] = [];
  readonly #engine: ScriptedReplica;
  readonly #batching: BatchingService;
  readonly #requests: SimulatedRequest[] = [];
  readonly #requestsInTurn = new BypassWatch();
  readonly #callersInTurn = new BypassWatch();
  /** Since the last look. What is given up in the same cut hears of it only afterwards, and starves no more. */
  #starving: Starvation[] = [];

  constructor(private readonly schedule: Schedule) {
    this.#engine = new ScriptedReplica(schedule.sentences, {
      started: (works) => {
        for (const work of works) this.#started(work);
      },
    });
    this.#batching = new BatchingService(this.#engine, schedule.settings);
  }

  get result(): SimulationResult {
    const outcomes = new Map<string, number>();
    for (const { refusal = 'done' } of this.#requests)
      outcomes.set(refusal, (outcomes.get(refusal) ?? 0) + 1);
    return { faults: this.#faults, outcomes };
  }

  async run(): Promise<void> {
    this.schedule.requests.forEach((scheduled, index) => {
      setTimeout(() => {
        const name = `request ${index}`;
        const request = new SimulatedRequest(name, scheduled, this.#batching, this.#faults);
        this.#requests.push(request);
        request.arrive();
      }, scheduled.atMs);
    });
    for (const atMs of this.schedule.crashesAtMs)
      setTimeout(() => {
        this.#engine.crash();
      }, atMs);
    if (this.schedule.drainsAtMs !== undefined)
      setTimeout(() => {
        this.#batching.drain();
      }, this.schedule.drainsAtMs);
    for (let turn = 0; vi.getTimerCount() > 0; turn++) {
      if (turn === MOST_TURNS) throw new Error('the simulation does not end');
      vi.advanceTimersToNextTimer();
      await nextTurn();
      this.#check();
    }
    this.#checkEnd();
    this.#batching.onApplicationShutdown();
  }

  /** What has to hold between any two events. */
  #check(): void {
    for (const { flow, fault } of this.#starving)
      if (this.#requests.some((request) => request.isOpen && isOf(request, flow)))
        this.#fault(fault);
    this.#starving = [];
    const { maxQueueTokens, maxQueueRequests, windowMs, cacheBytes } = this.schedule.settings;
    const waiting = this.#requests.flatMap((request) => request.waiting);
    const tokens = tokensOf(waiting);
    const { queuedTokens, queuedSegments, openRequests } = this.#batching;
    if (cacheBytes === 0 && queuedTokens !== tokens)
      this.#fault(`permits: ${queuedTokens} tokens are out, and ${tokens} wait`);
    const open = this.#requests.reduce((sum, request) => sum + request.openSubmissions, 0);
    if (openRequests !== open)
      this.#fault(`permits: ${openRequests} requests are out, and ${open} are open`);
    const admitted = waiting.filter(({ isContinuation }) => !isContinuation);
    const waitingRequests = this.#requests.filter(({ waiting: own }) =>
      own.some(({ isContinuation }) => !isContinuation),
    ).length;
    if (waitingRequests > 1 && cacheBytes === 0 && tokensOf(admitted) > maxQueueTokens)
      this.#fault(`bound: ${tokensOf(admitted)} tokens wait of ${maxQueueTokens}`);
    if (this.#requests.filter(({ isOpen }) => isOpen).length > maxQueueRequests)
      this.#fault(`bound: more than ${maxQueueRequests} requests are open`);
    const latestAtMs = Math.max(...this.#requests.map(({ submittedAtMs }) => submittedAtMs));
    const isWindowOpen = performance.now() - latestAtMs <= windowMs;
    // It may have room that nobody gets: with more in it, those that are would be too late.
    if (this.#engine.isIdle && queuedSegments > 0 && !isWindowOpen)
      this.#fault(`idleness: ${queuedSegments} segments wait while the engine has nothing`);
    if (this.#engine.isStuck) this.#fault('loss: the engine has sentences and works on none');
    if (this.#requests.some((request) => request.isLate && request.isOpen))
      this.#fault('settlement: a request is open that is late, or that nobody waits for');
  }

  #checkEnd(): void {
    for (const { name, isOpen } of this.#requests)
      if (isOpen) this.#fault(`settlement: ${name} is never answered`);
    const { queuedTokens, queuedSegments, openRequests } = this.#batching;
    if (queuedTokens + queuedSegments + openRequests > 0)
      this.#fault(
        `permits: ${queuedTokens} tokens and ${openRequests} requests are out at the end`,
      );
  }

  /** The engine is handed a segment. */
  #started(work: SegmentWork): void {
    const request = this.#requestOf(work);
    const segment = request?.segments.find((candidate) => isSame(candidate.work, work));
    if (request === undefined || segment === undefined) return;
    if (segment.state !== 'waiting') this.#fault(`settlement: ${request.name} is started twice`);
    if (request.isLate) this.#fault(`lateness: ${request.name} is started too late`);
    if (this.schedule.settings.cacheBytes === 0) {
      const first = request.waiting.find(
        ({ isContinuation }) => isContinuation === segment.isContinuation,
      );
      if (first !== segment && !segment.isContinuation)
        this.#fault(`order: ${request.name} is not started in its order`);
      this.#takeTurn(request, work.sourceTokenIds.length);
    }
    segment.state = 'started';
  }

  #takeTurn(served: SimulatedRequest, tokens: number): void {
    if (this.schedule.settings.queueOrder !== 'fair') return;
    const waiting = this.#requests.filter(
      (request) => !request.isLate && request.waiting.length > 0,
    );
    const { caller } = served.options;
    const siblings = new Set<WatchedFlow>(
      waiting.filter(({ options }) => options.caller === caller),
    );
    const callers = new Set<WatchedFlow>(
      waiting.flatMap(({ options }) => (options.caller === undefined ? [] : [options.caller])),
    );
    const starving = [
      this.#requestsInTurn.serve(served, tokens, siblings),
      caller === undefined ? undefined : this.#callersInTurn.serve(caller, tokens, callers),
    ];
    for (const found of starving) if (found !== undefined) this.#starving.push(found);
  }

  #requestOf(work: SegmentWork): SimulatedRequest | undefined {
    return this.#requests.find(({ segments }) =>
      segments.some((segment) => isSame(segment.work, work)),
    );
  }

  #fault(fault: string): void {
    this.#faults.push(fault);
  }
}

function isOf(request: SimulatedRequest, flow: WatchedFlow): boolean {
  return request === flow || request.options.caller === flow;
}

/** Two equal sentences are not the same: each has tokens of its own. */
function isSame(one: SegmentWork, other: SegmentWork): boolean {
  return one.sourceTokenIds === other.sourceTokenIds;
}

function tokensOf(segments: readonly { readonly work: SegmentWork }[]): number {
  return segments.reduce((sum, { work }) => sum + work.sourceTokenIds.length, 0);
}
