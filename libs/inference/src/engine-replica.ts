import { setTimeout as delay } from 'node:timers/promises';
import type { DecodeStatistics, FinishedSequence, SequenceRequest } from '#libs/decoding';
import { OperatorError, TranslationError } from '#libs/domain';
import { EngineChild } from './engine-child.js';
import type { EngineLog } from './engine-log.js';
import type { EngineSettings, EngineStatus } from './protocol/messages.js';

/** A replica's life: `starting` comes again after each crash, `failed` when it has crashed too often. */
export type ReplicaState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready'; readonly child: EngineChild }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'stopped' };

interface PendingSequence {
  readonly resolve: (finished: FinishedSequence) => void;
  readonly reject: (error: Error) => void;
}

/** Starts in a row that may fail before a replica is given up. */
const MAX_FAILED_STARTS = 5;
const FIRST_RESTART_DELAY_MS = 250;
/** A step that is running when the engine is told to stop may end. */
const STOP_TIMEOUT_MS = 10_000;

/** One loaded copy of the model: an engine process, replaced when it crashes. */
export class EngineReplica {
  #state: ReplicaState = { kind: 'starting' };
  #status: EngineStatus | undefined;
  /** Statistics of the processes before this one. */
  #past: DecodeStatistics | undefined;
  readonly #pending = new Map<number, PendingSequence>();

  constructor(
    private readonly settings: EngineSettings,
    private readonly log: EngineLog,
    /** Called when there is room for more work, and when the state has changed. */
    private readonly onChange: () => void,
  ) {}

  get state(): ReplicaState {
    return this.#state;
  }

  /** How many more sentences the engine can decode at once. */
  get room(): number {
    if (this.#state.kind !== 'ready') return 0;
    return Math.max(0, this.#state.child.facts.maxSentences - this.#pending.size);
  }

  get status(): EngineStatus | undefined {
    return this.#status;
  }

  get pastStatistics(): DecodeStatistics | undefined {
    return this.#past;
  }

  /** Rejects with an `OperatorError` where the model cannot be loaded. */
  async start(): Promise<void> {
    const child = await EngineChild.start(this.settings, {
      finished: (sequences) => {
        this.#settle(sequences);
      },
      refused: (id, message) => {
        this.#take(id)?.reject(new TranslationError('invalid-request', message));
        this.onChange();
      },
      status: (status) => (this.#status = status),
      ended: (reason) => {
        this.#ended(reason);
      },
    });
    if (this.#state.kind === 'stopped') {
      await child.stop(STOP_TIMEOUT_MS);
      return;
    }
    const { loadMs } = child.facts;
    this.log.info({ processId: child.processId, loadMs: Math.round(loadMs) }, 'engine ready');
    this.#state = { kind: 'ready', child };
    this.onChange();
  }

  /** Hands sentences to the engine; the promise of each settles once. */
  submit(requests: readonly SequenceRequest[]): Promise<FinishedSequence>[] {
    const results = requests.map(
      ({ id }) =>
        new Promise<FinishedSequence>((resolve, reject) => {
          this.#pending.set(id, { resolve, reject });
        }),
    );
    if (this.#state.kind === 'ready') this.#state.child.submit(requests);
    else this.#rejectPending('The engine is not running.');
    return results;
  }

  /** Drops a sentence: its promise rejects, and the engine forgets it before its next step. */
  cancel(id: number, reason: Error): void {
    const pending = this.#take(id);
    if (pending === undefined) return;
    if (this.#state.kind === 'ready') this.#state.child.cancel([id]);
    pending.reject(reason);
    this.onChange();
  }

  async stop(): Promise<void> {
    const before = this.#state;
    this.#state = { kind: 'stopped' };
    if (before.kind === 'ready') await before.child.stop(STOP_TIMEOUT_MS);
    this.#rejectPending('The service is stopping.');
  }

  #settle(sequences: readonly FinishedSequence[]): void {
    for (const sequence of sequences) this.#take(sequence.id)?.resolve(sequence);
    this.onChange();
  }

  #take(id: number): PendingSequence | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #ended(reason: string): void {
    if (this.#state.kind === 'stopped') return;
    this.log.error({ reason, sentences: this.#pending.size }, 'engine ended; starting another');
    this.#state = { kind: 'starting' };
    this.#past = sumStatistics(this.#past, this.#status?.statistics);
    this.#status = undefined;
    this.#rejectPending(`The engine ended (${reason}) while it worked on this text. Try again.`);
    this.onChange();
    void this.#restart();
  }

  #rejectPending(message: string): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(new TranslationError('engine-failed', message));
  }

  async #restart(): Promise<void> {
    let reason = '';
    for (let attempt = 0; attempt < MAX_FAILED_STARTS; attempt++) {
      await delay(FIRST_RESTART_DELAY_MS * 2 ** attempt);
      if (this.#state.kind !== 'starting') return;
      try {
        await this.start();
        return;
      } catch (error) {
        if (!(error instanceof OperatorError)) throw error;
        reason = error.message;
        this.log.error({ reason, attempt: attempt + 1 }, 'engine did not start');
      }
    }
    this.log.error({ reason, attempts: MAX_FAILED_STARTS }, 'engine given up');
    this.#state = { kind: 'failed', reason };
    this.onChange();
  }
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
