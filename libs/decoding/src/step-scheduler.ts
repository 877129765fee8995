import type { EngineLoad, EnginePolicy } from './engine-policy.js';
import type { AdmissionReason } from './loop-event.js';
import type { Sequence } from './sequence.js';

interface Waiting {
  readonly sequence: Sequence;
  readonly sinceMs: number;
}

/** Sentences that join together, and why then. */
export interface Admission {
  readonly admitted: readonly Sequence[];
  readonly why: AdmissionReason;
}

/** Steps until who follows those that have left is here: the service has to hear of their places first. */
const STEPS_TO_REFILL = 2;

/** Keeps those that wait, first come first served, and asks the policy who is in the next step. */
export class StepScheduler {
  #waiting: Waiting[] = [];
  #stepsInQuantum = 0;
  /** Rows that were held back, summed over the steps since somebody joined. */
  #heldRows = 0;
  /** Since others were known to come as soon as some leave. */
  #stepsSinceMoreFollowed = Infinity;

  constructor(
    private readonly policy: EnginePolicy,
    private readonly now: () => number,
  ) {}

  get waitingSentences(): number {
    return this.#waiting.length;
  }

  enqueue(sequence: Sequence): void {
    this.#waiting.push({ sequence, sinceMs: this.now() });
  }

  /** Takes back waiting sentences that `shouldLeave` names. */
  release(shouldLeave: (sequence: Sequence) => boolean): void {
    this.#waiting = this.#waiting.filter(({ sequence }) => !shouldLeave(sequence));
  }

  /** Notes that a step is over. */
  countStep(): void {
    this.#stepsInQuantum++;
    this.#stepsSinceMoreFollowed++;
  }

  /** The sentences that join now, and why now. The first that does not fit keeps those behind it waiting, too. */
  admit(running: readonly Sequence[]): Admission | undefined {
    const load = this.#load(running);
    const why = this.policy.admissionReason(load);
    if (why === undefined) {
      this.#heldRows += load.waitingRows;
      return undefined;
    }
    this.#stepsInQuantum = 0;
    this.#heldRows = 0;
    const admitted: Sequence[] = [];
    for (const { sequence } of this.#waiting) {
      if (!this.#fit([...running, ...admitted, sequence])) break;
      admitted.push(sequence);
    }
    this.#waiting.splice(0, admitted.length);
    return { admitted, why };
  }

  #load(running: readonly Sequence[]): EngineLoad {
    const room = Math.max(0, this.policy.maxSentences - running.length);
    const next = this.#waiting.slice(0, room);
    const isFull = this.#waiting.length >= room;
    const moreFollow = this.#waiting.some(({ sequence }) => sequence.moreFollow);
    if (isFull || moreFollow) this.#stepsSinceMoreFollowed = 0;
    return {
      runningRows: sum(running, ({ search }) => search.beams.length),
      waitingRows: sum(next, ({ sequence }) => sequence.expectedRows),
      waitingPlaces: sum(next, ({ sequence }) => sequence.sourcePlaces),
      stepsInQuantum: this.#stepsInQuantum,
      longestWaitMs: next[0] === undefined ? 0 : this.now() - next[0].sinceMs,
      moreFollow: this.#stepsSinceMoreFollowed <= STEPS_TO_REFILL,
      isHeldBack: moreFollow && !isFull,
      heldRows: this.#heldRows,
    };
  }

  #fit(sequences: readonly Sequence[]): boolean {
    return this.policy.fits({
      sentences: sequences.length,
      pages: sum(sequences, ({ expectedPages }) => expectedPages),
    });
  }
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
