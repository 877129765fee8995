import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import {
  type CostFit,
  type DecodeStatistics,
  type FinishedSequence,
  NO_STATISTICS,
  type SequenceRequest,
} from '#libs/decoding';
import { assertInvariant, TranslationError } from '#libs/domain';
import type { EngineLog } from './engine-log.js';
import { EngineReplica, type ReplicaState, sumStatistics } from './engine-replica.js';
import { choosePlace, Place } from './placement.js';
import type { EngineSettings, EngineStatus } from './protocol/messages.js';
import { type EndCause, SUPERVISION_LIMITS, type SupervisionLimits } from './supervision.js';

export interface InferenceSettings {
  readonly engine: EngineSettings;
  /** Engine processes, each with a copy of the model. */
  readonly replicas: number;
  /** `SUPERVISION_LIMITS` where nothing else is said. */
  readonly supervision?: SupervisionLimits;
}

/**
 * `starting`: no engine is ready, and one is being started; `ready`: at least one takes work; `failed`: all have been
 * given up; `stopped`: by us.
 */
export type InferenceState = 'starting' | 'ready' | 'failed' | 'stopped';

export interface InferenceStatistics extends DecodeStatistics {
  readonly runningSentences: number;
  readonly runningRows: number;
  readonly waitingSentences: number;
}

/** What the engines that are ready can do. */
export interface EngineCapacity {
  readonly engines: number;
  /** Most sentences that they decode at once, all together. */
  readonly sentences: number;
  /** Undefined until one of them has decoded something. */
  readonly costs: CostFit | undefined;
}

/** One replica as those see it who watch the service. */
export interface EngineOverview {
  readonly state: ReplicaState['kind'];
  readonly processId: number | undefined;
  /** From fork to ready; undefined where no engine runs. */
  readonly loadMs: number | undefined;
  /** When it has last said anything, on the clock of `performance.now()`. */
  readonly lastReportAtMs: number | undefined;
  /** Undefined where no engine runs. */
  readonly residentBytes: number | undefined;
  /** How often its engine has ended unasked, or could not be started again. */
  readonly ends: Readonly<Record<EndCause, number>>;
}

/** A sentence in an engine's hands. */
export interface EngineTicket {
  /**
   * Rejects with a `TranslationError`: `engine-failed` where the engine ended twice on it, `invalid-request`,
   * `engine-unavailable` where its replica has been given up or stopped, or with what `cancel` was given.
   */
  readonly result: Promise<FinishedSequence>;
  /** Turns that its engine has taken since its start, as far as it has told: in each a sentence takes one step. */
  readonly engineTurns: number;
  /** Drops the sentence; nothing happens where it is done already. */
  cancel(reason: Error): void;
}

/** The engines: whoever has work asks for `room` and submits as much; listeners hear when room appears. */
@Injectable()
export class InferenceService implements OnApplicationShutdown {
  readonly #replicas: readonly EngineReplica[];
  readonly #listeners: (() => void)[] = [];
  readonly #statusListeners: ((status: EngineStatus) => void)[] = [];
  /** Of the engines' last reports. Every admission asks for them, far more often than engines report. */
  #statistics: InferenceStatistics | undefined;
  #nextId = 1;
  #firstStart: Promise<void> | undefined;
  /** Who stops a service that is not started yet stops it at once: it must not look ready before. */
  #hasStarted = false;
  #isStopped = false;

  constructor(
    readonly settings: InferenceSettings,
    log: EngineLog,
  ) {
    this.#replicas = Array.from(
      { length: settings.replicas },
      () =>
        new EngineReplica(
          settings.engine,
          settings.supervision ?? SUPERVISION_LIMITS,
          log,
          () => {
            this.#statistics = undefined;
            this.#tellCompany();
            for (const listener of this.#listeners) listener();
          },
          (status) => {
            this.#statistics = undefined;
            for (const listener of this.#statusListeners) listener(status);
          },
        ),
    );
  }

  get state(): InferenceState {
    if (this.#isStopped) return 'stopped';
    const kinds = this.#replicas.map(({ state }) => state.kind);
    if (this.#hasStarted && kinds.includes('ready')) return 'ready';
    return kinds.every((kind) => kind === 'failed') ? 'failed' : 'starting';
  }

  /** How many more sentences the engines can decode at once. */
  get room(): number {
    return this.#replicas.reduce((sum, { room }) => sum + room, 0);
  }

  /** Sentences that have been submitted and have no answer yet, over all engines. */
  get sentencesInHand(): number {
    return this.#replicas.reduce((sum, { sentencesInHand }) => sum + sentencesInHand, 0);
  }

  /** One engine's costs stand for all: they have equal shares of the machine. */
  get capacity(): EngineCapacity {
    const ready = this.#replicas.flatMap(({ state }) => (state.kind === 'ready' ? [state] : []));
    const costs = this.#replicas.map(({ status }) => status?.costs);
    return {
      engines: ready.length,
      sentences: ready.reduce((sum, { child }) => sum + child.facts.maxSentences, 0),
      costs: costs.find((fit) => fit !== undefined && fit.stepBaseMs + fit.stepRowMs > 0),
    };
  }

  /** Counts over all engines since the start, those of engines that crashed included. */
  get statistics(): InferenceStatistics {
    return (this.#statistics ??= this.#sumStatistics());
  }

  #sumStatistics(): InferenceStatistics {
    const running = this.#replicas.map(({ status }) => status);
    const sumOf = (count: 'runningSentences' | 'runningRows' | 'waitingSentences'): number =>
      running.reduce((sum, status) => sum + (status?.[count] ?? 0), 0);
    const counts = sumStatistics(
      ...this.#replicas.map(({ pastStatistics }) => pastStatistics),
      ...running.map((status) => status?.statistics),
    );
    return {
      ...(counts ?? NO_STATISTICS),
      runningSentences: sumOf('runningSentences'),
      runningRows: sumOf('runningRows'),
      waitingSentences: sumOf('waitingSentences'),
    };
  }

  /** Each replica, for metrics and for people. */
  get engines(): EngineOverview[] {
    return this.#replicas.map(({ state, status, ends, lastReportAtMs }) => {
      const child = state.kind === 'ready' ? state.child : undefined;
      const { processId } = child ?? {};
      const loadMs = child?.facts.loadMs;
      const residentBytes = status?.residentBytes;
      return { state: state.kind, processId, loadMs, lastReportAtMs, residentBytes, ends };
    });
  }

  /** Calls `listener` whenever there may be more room, or another state. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Calls `listener` with everything that an engine says of itself: once a second, or after a longer run of a graph. */
  onStatus(listener: (status: EngineStatus) => void): void {
    this.#statusListeners.push(listener);
  }

  /**
   * Starts the first engine, for whoever has other things to load meanwhile: `start` waits for this one. Resolves when
   * it is ready; rejects with an `OperatorError` where its model cannot be loaded.
   */
  startFirst(): Promise<void> {
    const [first] = this.#replicas;
    assertInvariant(first !== undefined, 'there is no engine to start');
    return (this.#firstStart ??= first.start());
  }

  /**
   * Resolves when the first engine is ready, and rejects as `startFirst` does. Only then the others are started: while
   * they load they would take the cores that the first one loads with.
   */
  async start(): Promise<void> {
    await this.startFirst();
    this.#hasStarted = true;
    for (const listener of this.#listeners) listener();
    if (this.#isStopped) return;
    for (const replica of this.#replicas.slice(1)) void replica.startInBackground();
  }

  /** Gives each sentence to an engine. Throws `engine-unavailable` where none is ready. */
  submit(requests: readonly Omit<SequenceRequest, 'id'>[]): EngineTicket[] {
    const places = this.#places();
    const placed = requests.map((request) => {
      const place = choosePlace(places);
      const id = this.#nextId++;
      place.add({ ...request, id });
      return { replica: place.engine, id };
    });
    const chosen = places.filter(({ share }) => share.length > 0);
    // Before the work: an engine that begins now begins with the threads that it is to have.
    this.#tellCompany(chosen.map(({ engine }) => engine));
    const results = new Map<number, Promise<FinishedSequence>>();
    for (const { engine, share } of chosen)
      engine.submit(share).forEach((result, index) => results.set(share[index]?.id ?? 0, result));
    return placed.map(({ replica, id }) => {
      const result = results.get(id);
      assertInvariant(result !== undefined, 'a submitted sentence has no result');
      return {
        result,
        get engineTurns() {
          return replica.status?.statistics.turns ?? 0;
        },
        cancel: (reason) => {
          replica.cancel(id, reason);
        },
      };
    });
  }

  /** Ends the engines at their next step boundary. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#replicas.map((replica) => replica.stop()));
  }

  /** Runs after the HTTP server has closed: no request can need an engine any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  #places(): [Place<EngineReplica>, ...Place<EngineReplica>[]] {
    const ready = this.#replicas.filter(({ state }) => state.kind === 'ready');
    const [first, ...others] = ready.map((replica) => new Place(replica));
    if (first === undefined)
      throw new TranslationError('engine-unavailable', 'No engine is ready. Try again shortly.', {
        retryAfterSeconds: 1,
      });
    return [first, ...others];
  }

  /** Tells each engine whether another one works, or is about to. */
  #tellCompany(aboutToWork: readonly EngineReplica[] = []): void {
    const busy = this.#replicas.filter(
      (replica) => replica.isBusy || aboutToWork.includes(replica),
    );
    for (const replica of this.#replicas)
      replica.setCompany(busy.some((other) => other !== replica));
  }
}
