import type { SegmentWork } from '#libs/batching';
import { DEFAULT_GENERATION_OPTIONS } from '#libs/domain';
import type {
  EngineCapacity,
  EngineTicket,
  InferenceState,
  InferenceStatistics,
} from '#libs/inference';
import { SentenceLedger } from '../../libs/inference/src/sentence-ledger.js';

/** The only costs of a scripted engine: each sentence takes a step for each of its source tokens. */
const STEP_MS = 10;
const STEPS_A_QUANTUM = 8;
const RESTART_MS = 200;

/** What a simulation sees of the engine. */
export interface ReplicaWatch {
  /** The service hands these over, in this order. */
  started(works: readonly SegmentWork[]): void;
}

/**
 * One engine as a script: the real ledger of sentences, which tries again what an engine ended on, in front of
 * steps that only count. Runs on whatever clock `setTimeout` runs on.
 */
export class ScriptedReplica {
  state: InferenceState = 'ready';
  readonly #ledger = new SentenceLedger();
  /** Steps that are left, of what the engine has. */
  readonly #running = new Map<number, { readonly work: SegmentWork; steps: number }>();
  readonly #works = new Map<number, SegmentWork>();
  #listener: () => void = () => undefined;
  #statusListener: () => void = () => undefined;
  #nextId = 1;
  #isStepping = false;
  readonly #counts = {
    turns: 0,
    steps: 0,
    stepRows: 0,
    encodedSentences: 0,
    sourceTokens: 0,
    finishedSentences: 0,
  };

  constructor(
    private readonly sentences: number,
    private readonly watch: ReplicaWatch,
  ) {}

  get room(): number {
    if (this.state !== 'ready' || this.#ledger.isIsolating) return 0;
    return Math.max(0, this.sentences - this.#ledger.size);
  }

  get sentencesInHand(): number {
    return this.#ledger.size;
  }

  get capacity(): EngineCapacity {
    const costs = {
      stepBaseMs: STEP_MS,
      stepRowMs: 0,
      encodeBaseMs: 0,
      encodePlaceMs: 0,
      largestStepRows: this.sentences,
      largestEncodePlaces: 1,
      sentenceSteps: 0,
      sourceTokenSteps: 1,
    };
    return this.state === 'ready'
      ? { engines: 1, sentences: this.sentences, costs }
      : { engines: 0, sentences: 0, costs: undefined };
  }

  get statistics(): InferenceStatistics {
    const { stepRows } = this.#counts;
    const unused = {
      encodeMs: 0,
      stepMs: 0,
      runningSentences: 0,
      runningRows: 0,
      waitingSentences: 0,
    };
    return { ...this.#counts, stepSentences: stepRows, encoderRuns: stepRows, ...unused };
  }

  get isIdle(): boolean {
    return this.state === 'ready' && this.#ledger.size === 0;
  }

  /** Whether it has sentences to work on, and works on none. */
  get isStuck(): boolean {
    return this.state === 'ready' && this.#ledger.size > 0 && this.#running.size === 0;
  }

  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  onStatus(listener: () => void): void {
    this.#statusListener = listener;
  }

  submit(works: readonly SegmentWork[]): EngineTicket[] {
    this.watch.started(works);
    const tickets = works.map((work): EngineTicket => {
      const id = this.#nextId++;
      this.#works.set(id, work);
      const request = { ...work, id, options: DEFAULT_GENERATION_OPTIONS };
      const counts = this.#counts;
      return {
        result: this.#ledger.add(request),
        get engineTurns() {
          return counts.turns;
        },
        cancel: (reason) => {
          if (!this.#ledger.reject(id, reason)) return;
          this.#running.delete(id);
          this.#advance();
        },
      };
    });
    this.#hand();
    return tickets;
  }

  /** The engine ends, with whatever it has, and another one is started. */
  crash(): void {
    if (this.state !== 'ready') return;
    this.state = 'starting';
    this.#running.clear();
    this.#ledger.engineEnded('a scripted end');
    this.#listener();
    setTimeout(() => {
      this.state = 'ready';
      this.#advance();
    }, RESTART_MS);
  }

  #advance(): void {
    this.#hand();
    this.#listener();
  }

  #hand(): void {
    if (this.state !== 'ready') return;
    for (const { id } of this.#ledger.takeNext()) {
      const work = this.#works.get(id);
      if (work === undefined) throw new Error('the ledger gives what nobody submitted');
      this.#counts.encodedSentences++;
      this.#counts.sourceTokens += work.sourceTokenIds.length;
      this.#running.set(id, { work, steps: work.sourceTokenIds.length });
    }
    this.#step();
  }

  #step(): void {
    if (this.#isStepping || this.#running.size === 0) return;
    this.#isStepping = true;
    setTimeout(() => {
      this.#isStepping = false;
      this.#endQuantum();
    }, STEP_MS * STEPS_A_QUANTUM);
  }

  #endQuantum(): void {
    this.#counts.turns += STEPS_A_QUANTUM;
    this.#counts.steps += STEPS_A_QUANTUM;
    for (const [id, sentence] of this.#running) {
      this.#counts.stepRows += Math.min(sentence.steps, STEPS_A_QUANTUM);
      sentence.steps -= STEPS_A_QUANTUM;
      if (sentence.steps > 0) continue;
      this.#running.delete(id);
      this.#counts.finishedSentences++;
      const tokenIds = Int32Array.from(sentence.work.sourceTokenIds);
      this.#ledger.resolve({ id, hypotheses: [{ tokenIds, score: -1, ended: true }] });
    }
    if (this.#running.size > 0) this.#step();
    this.#statusListener();
    this.#advance();
  }
}
