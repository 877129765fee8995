import { PAGE_PLACES } from '#libs/domain';
import type { CostModel } from './cost-model.js';
import type { AdmissionReason } from './loop-event.js';

export interface PolicyLimits {
  /** Most sentences that decode together. */
  readonly maxSentences: number;
  /** How long the running sentences decode before waiting ones may join, as a rule. */
  readonly quantumMs: number;
  readonly maxQuantumSteps: number;
  /** Most padded source places in one encoder run: bounds the memory of its attention. */
  readonly maxEncoderPlaces: number;
  /** Most bytes of keys and values, what is left of their last pages included. */
  readonly maxKeyValueBytes: number;
}

/** What the engine looks like when somebody waits. */
export interface EngineLoad {
  readonly runningRows: number;
  readonly waitingRows: number;
  /** Padded source places of those that wait. */
  readonly waitingPlaces: number;
  readonly stepsInQuantum: number;
  /** How long the first in line has waited. */
  readonly longestWaitMs: number;
  /**
   * Whether more come as others leave: those that wait would take the last places, or others wait outside; or lately
   * that was so.
   */
  readonly moreFollow: boolean;
  /**
   * Whether others wait outside although there are places left: with more company those who are here would be late. A
   * place is then worth its whole part of the steps.
   */
  readonly isHeldBack: boolean;
  /** Rows that have waited while others stepped, summed over the steps since somebody joined. */
  readonly heldRows: number;
}

/** The keys and values that some sentences need. */
export interface KeyValueNeed {
  readonly sentences: number;
  readonly pages: number;
}

/**
 * Attention kernels of the encoder group their sums by the padded length. With lengths that are multiples of
 * this and padding at the tail the grouping is the same in any company, and so are the results, bit for bit.
 */
const PLACE_MULTIPLE = 16;

/**
 * A product with one row takes another kernel than one with several, which sums in another order. So greedy
 * sentences run by themselves with one query slot, and sentences with beams have two at the least.
 */
export const MIN_BEAM_SLOTS = 2;

/** Beams of a sentence have all but so many of their last tokens in common, as a rule. */
const STEPS_APART = 8;

/** Those that wait join at the end of a quantum where they are this part of those that run, in rows … */
const WAITING_RATIO = 0.3;
/** … or when the first of them has waited so many quanta … */
const MAX_QUANTA_WAITED = 2;
/** … where more follow, so many: there is company to wait for. */
const MAX_QUANTA_WAITED_FOR_MORE = 8;

/** The padded length of a source in the encoder. */
export function roundUpPlaces(count: number): number {
  return Math.ceil(count / PLACE_MULTIPLE) * PLACE_MULTIPLE;
}

export function pagesFor(places: number): number {
  return Math.ceil(places / PAGE_PLACES);
}

/** Pages that the nodes of a translation of so many tokens take in the end, as a rule. */
export function expectedNodePages(length: number, beamSize: number): number {
  return pagesFor(length + (beamSize - 1) * STEPS_APART);
}

/** When sentences join, and how many: all that is decided between two steps. */
export class EnginePolicy {
  constructor(
    private readonly limits: PolicyLimits,
    private readonly costs: CostModel,
    /** Keys and values of one page. */
    private readonly bytesPerPage: number,
  ) {}

  get maxSentences(): number {
    return this.limits.maxSentences;
  }

  get maxEncoderPlaces(): number {
    return this.limits.maxEncoderPlaces;
  }

  /** Steps that take about `quantumMs` with so many rows. */
  quantumSteps(rows: number): number {
    const stepMs = this.costs.stepMs(rows);
    if (stepMs === 0) return this.limits.maxQuantumSteps;
    const steps = Math.round(this.limits.quantumMs / stepMs);
    return Math.min(this.limits.maxQuantumSteps, Math.max(1, steps));
  }

  /**
   * Why those that wait join now, undefined where they do not: at once where nothing runs; else at the end of
   * a quantum, if they are many, or have waited long, or encoding them takes no longer than a quantum's worth
   * of the others' time.
   *
   * Each run of the encoder costs its base time, however few it is for. Where nobody is sure to follow nobody
   * waits to save it. Where others do, those that wait join when their waiting has cost as much: never more than
   * twice the least that could have been paid.
   */
  admissionReason(load: EngineLoad): AdmissionReason | undefined {
    if (load.waitingRows === 0) return undefined;
    if (load.runningRows === 0) return 'idle';
    if (load.stepsInQuantum < this.quantumSteps(load.runningRows)) return undefined;
    if (load.waitingRows >= WAITING_RATIO * load.runningRows) return 'ratio';
    const { quantumMs } = this.limits;
    if (load.moreFollow) {
      const longestMs =
        MAX_QUANTA_WAITED_FOR_MORE * Math.max(quantumMs, this.costs.stepMs(load.runningRows));
      if (load.longestWaitMs >= longestMs) return 'max_wait';
      return this.#heldMs(load) >= this.costs.encodeMs(0) ? 'break_even' : undefined;
    }
    if (load.longestWaitMs >= MAX_QUANTA_WAITED * quantumMs) return 'max_wait';
    return this.costs.encodeMs(load.waitingPlaces) <= quantumMs ? 'cheap' : undefined;
  }

  /**
   * What waiting has cost: the part of the steps' base time that the rows which wait would have borne; of their whole
   * time where nobody else can have the places.
   */
  #heldMs({ heldRows, runningRows, waitingRows, isHeldBack }: EngineLoad): number {
    const stepMs = this.costs.stepMs(isHeldBack ? runningRows : 0);
    return (stepMs * heldRows) / (runningRows + waitingRows);
  }

  /** Whether keys and values of so much fit. One sentence alone always does: it could never run otherwise. */
  fits({ sentences, pages }: KeyValueNeed): boolean {
    if (sentences <= 1) return true;
    return (
      sentences <= this.limits.maxSentences &&
      pages * this.bytesPerPage <= this.limits.maxKeyValueBytes
    );
  }
}
