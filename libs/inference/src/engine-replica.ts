import { setTimeout as delay } from 'node:timers/promises';
import type { DecodeStatistics, FinishedSequence, SequenceRequest } from '#libs/decoding';
import { OperatorError, TranslationError } from '#libs/domain';
import { EngineChild, type EngineListener } from './engine-child.js';
import type { EngineLog } from './engine-log.js';
import type { EngineSettings, EngineStatus } from './protocol/messages.js';
import { RestartBudget } from './restart-budget.js';
import { SentenceLedger } from './sentence-ledger.js';
import {
  END_CAUSES,
  type EndCause,
  type EngineEnd,
  type SupervisionLimits,
} from './supervision.js';

/** A replica's life: `starting` comes again after each end, `failed` when there were too many. */
export type ReplicaState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready'; readonly child: EngineChild }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'stopped' };

/**
 * One loaded copy of the model: an engine process, replaced when it ends. A new one is started only when the
 * old one is gone, so there are never two in memory.
 */
export class EngineReplica {
  #state: ReplicaState = { kind: 'starting' };
  #status: EngineStatus | undefined;
  /** Statistics of the processes before this one. */
  #past: DecodeStatistics | undefined;
  #lastReportAtMs: number | undefined;
  readonly #sentences = new SentenceLedger();
  /** Ends a start that is under way. */
  readonly #stopping = new AbortController();
  #starting: Promise<void> | undefined;
  readonly #budget: RestartBudget;
  readonly #ends = Object.fromEntries(END_CAUSES.map((cause) => [cause, 0])) as Record<
    EndCause,
    number
  >;

  constructor(
    private settings: EngineSettings,
    private readonly limits: SupervisionLimits,
    private readonly log: EngineLog,
    /** Called when there is room for more work, and when the state has changed. */
    private readonly onChange: () => void,
    /** Called with everything that the engine says of itself. */
    private readonly onStatus: (status: EngineStatus) => void,
  ) {
    this.#budget = new RestartBudget(limits);
  }

  get state(): ReplicaState {
    return this.#state;
  }

  /** How many more sentences the engine can decode at once. */
  get room(): number {
    if (this.#state.kind !== 'ready' || this.#sentences.isIsolating) return 0;
    return Math.max(0, this.#state.child.facts.maxSentences - this.#sentences.size);
  }

  /** Sentences that have been submitted and have no answer yet. */
  get sentencesInHand(): number {
    return this.#sentences.size;
  }

  /** Beams of the sentences in its hands: the rows of its steps, sooner or later. */
  get rows(): number {
    return this.#sentences.rows;
  }

  /** Whether its engine has work. */
  get isBusy(): boolean {
    return this.#state.kind === 'ready' && this.#sentences.size > 0;
  }

  get status(): EngineStatus | undefined {
    return this.#status;
  }

  get pastStatistics(): DecodeStatistics | undefined {
    return this.#past;
  }

  /** How often an engine of this replica has ended unasked, or could not be started again. */
  get ends(): Readonly<Record<EndCause, number>> {
    return this.#ends;
  }

  /** When the engine has last said anything, on the clock of `performance.now()`. */
  get lastReportAtMs(): number | undefined {
    return this.#lastReportAtMs;
  }

  /**
   * Resolves when the engine is ready, or the replica was stopped before. Rejects with an `OperatorError` where the
   * model cannot be loaded.
   */
  start(): Promise<void> {
    return (this.#starting = this.#start());
  }

  /** Like `start`, for an engine that nobody waits for: what fails is tried again, as after an engine's end. */
  async startInBackground(): Promise<void> {
    const reason = await this.#tryStart();
    if (reason !== undefined) await this.#restart(reason);
  }

  /** Takes sentences for the engine, or the next one; the promise of each settles once. */
  submit(requests: readonly SequenceRequest[]): Promise<FinishedSequence>[] {
    const results = requests.map((request) => this.#sentences.add(request));
    if (this.#state.kind === 'failed' || this.#state.kind === 'stopped')
      this.#sentences.rejectAll(unavailable());
    else this.#hand();
    return results;
  }

  /** Drops a sentence: its promise rejects, and the engine forgets it before its next step. */
  cancel(id: number, reason: Error): void {
    if (!this.#sentences.reject(id, reason)) return;
    if (this.#state.kind === 'ready') this.#state.child.cancel([id]);
    this.#advance();
  }

  /** Tells the engine whether others work at the same time. */
  setCompany(hasCompany: boolean): void {
    if (this.#state.kind === 'ready') this.#state.child.setCompany(hasCompany);
  }

  async stop(): Promise<void> {
    const before = this.#state;
    this.#state = { kind: 'stopped' };
    if (before.kind === 'ready') await before.child.stop();
    else if (before.kind === 'starting') await this.#endStart();
    this.#sentences.rejectAll(unavailable());
  }

  async #start(): Promise<void> {
    const child = await this.#fork();
    if (child === undefined) return;
    const { loadMs } = child.facts;
    const { device = 'cpu' } = this.settings;
    const facts = { processId: child.processId, device, loadMs: Math.round(loadMs) };
    this.log.info(facts, 'engine ready');
    this.#lastReportAtMs = performance.now();
    this.#state = { kind: 'ready', child };
    this.#advance();
  }

  /** Undefined where the replica has been stopped meanwhile; its engine is gone then. */
  async #fork(): Promise<EngineChild | undefined> {
    const isStopped = (): boolean => this.#state.kind === 'stopped';
    const listener = this.#listener();
    try {
      const { signal } = this.#stopping;
      const child = await EngineChild.start(this.settings, this.limits, listener, signal);
      if (!isStopped()) return child;
      await child.stop();
    } catch (error) {
      if (!isStopped()) throw error;
    }
    return undefined;
  }

  #listener(): EngineListener {
    return {
      finished: (sequences) => {
        this.#settle(sequences);
      },
      refused: (id, message) => {
        this.#sentences.reject(id, new TranslationError('invalid-request', message));
        this.#advance();
      },
      status: (status) => {
        this.#status = status;
        this.#lastReportAtMs = performance.now();
        this.onStatus(status);
      },
      ended: (end) => {
        this.#ended(end);
      },
    };
  }

  /** Whoever began the start hears how it ended. */
  async #endStart(): Promise<void> {
    this.#stopping.abort();
    await this.#starting?.catch(() => undefined);
  }

  #settle(sequences: readonly FinishedSequence[]): void {
    for (const sequence of sequences) this.#sentences.resolve(sequence);
    this.#advance();
  }

  #advance(): void {
    this.#hand();
    this.onChange();
  }

  /** Gives the engine what it is to have now. */
  #hand(): void {
    if (this.#state.kind !== 'ready') return;
    const requests = this.#sentences.takeNext();
    if (requests.length > 0) this.#state.child.submit(requests);
  }

  #ended(end: EngineEnd): void {
    if (this.#state.kind === 'stopped') return;
    this.#ends[end.cause]++;
    const sentences = this.#sentences.size;
    this.log.error({ ...end, sentences }, 'engine ended; starting another');
    this.#state = { kind: 'starting' };
    this.#past = sumStatistics(this.#past, this.#status?.statistics);
    this.#status = undefined;
    this.#sentences.engineEnded(end.description);
    if (end.cause === 'out_of_memory') this.#takeLess();
    this.onChange();
    void this.#restart(end.description);
  }

  /** The next engine decodes half as many sentences at once: what did not fit would not fit again. */
  #takeLess(): void {
    const { limits } = this.settings;
    const maxSentences = Math.ceil(limits.maxSentences / 2);
    const maxKeyValueBytes = Math.ceil(limits.maxKeyValueBytes / 2);
    this.settings = { ...this.settings, limits: { ...limits, maxSentences, maxKeyValueBytes } };
    this.log.error({ maxSentences }, 'engine out of memory: the next one takes half as much');
  }

  async #restart(reason: string): Promise<void> {
    let lastReason = reason;
    for (;;) {
      const delayMs = this.#budget.take(performance.now());
      if (delayMs === undefined) {
        this.#giveUp(lastReason);
        return;
      }
      await delay(delayMs);
      if (this.#state.kind !== 'starting') return;
      const failure = await this.#tryStart();
      if (failure === undefined) return;
      lastReason = failure;
    }
  }

  /** Undefined where it worked, else why it did not. */
  async #tryStart(): Promise<string | undefined> {
    try {
      await this.start();
      return undefined;
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      this.#ends.load++;
      this.log.error({ cause: 'load', description: error.message }, 'engine did not start');
      return error.message;
    }
  }

  #giveUp(reason: string): void {
    this.log.error({ reason, restarts: this.limits.maxRestarts }, 'engine given up');
    this.#state = { kind: 'failed', reason };
    this.#sentences.rejectAll(unavailable());
    this.onChange();
  }
}

function unavailable(): TranslationError {
  return new TranslationError(
    'engine-unavailable',
    'The engine that had this text is not there any more. Send the request again.',
    { retryAfterSeconds: 1 },
  );
}

/** Adds counts up. */
export function sumStatistics(
  ...all: readonly (DecodeStatistics | undefined)[]
): DecodeStatistics | undefined {
  const known = all.filter((statistics) => statistics !== undefined);
  const [first, ...others] = known;
  if (first === undefined) return undefined;
  const sum: Record<keyof DecodeStatistics, number> = { ...first };
  for (const statistics of others)
    for (const name of Object.keys(sum) as (keyof DecodeStatistics)[])
      sum[name] += statistics[name];
  return sum;
}
