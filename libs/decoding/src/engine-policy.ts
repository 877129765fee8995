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
  /** Most bytes of keys and values, padding included. */
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
}

/** The keys and values that some sentences need, as the batch lays them out: a slot each, as long as the longest. */
export interface KeyValueNeed {
  readonly sentences: number;
  readonly longestSourcePlaces: number;
  readonly longestNodePlaces: number;
}

/**
 * Attention kernels group their sums by the padded length. With lengths that are multiples of this, padding
 * at the tail and two query slots at the least, the grouping is the same in any company, and so are the
 * results, bit for bit.
 */
const PLACE_MULTIPLE = 16;
export const MIN_QUERY_SLOTS = 2;

/** Steps that fit before the nodes of a sentence are compacted again. */
const STEPS_BETWEEN_COMPACTIONS = 8;

/** Slots are narrowed when their longest sentence needs at most this part of them. */
const NARROW_AT = 0.5;

/** Those that wait join at the end of a quantum where they are this part of those that run, in rows … */
const WAITING_RATIO = 0.3;
/** … or when the first of them has waited so many quanta. */
const MAX_QUANTA_WAITED = 2;

/** Lengths are rounded up to these. */
export function roundUpPlaces(count: number): number {
  return Math.ceil(count / PLACE_MULTIPLE) * PLACE_MULTIPLE;
}

/**
 * Room for a sentence's nodes after a compaction that left `kept`. It depends on the sentence alone, never on
 * its neighbours: batch independence rests on that.
 */
export function nodePlacesFor(kept: number, beamSize: number, current = 0): number {
  return Math.max(current, roundUpPlaces(kept + beamSize * STEPS_BETWEEN_COMPACTIONS));
}

/** Room for the nodes of a sentence's first steps. */
export const FIRST_NODE_PLACES = PLACE_MULTIPLE;

/** Whether slots of this length are given another: growing is a must, narrowing has to pay for the copy. */
export function shouldReshape(length: number, wanted: number): boolean {
  return wanted > length || wanted <= length * NARROW_AT;
}

/** When sentences join, and how many: all that is decided between two steps. */
export class EnginePolicy {
  constructor(
    private readonly limits: PolicyLimits,
    private readonly costs: CostModel,
    /** Keys and values of one place in one slot. */
    private readonly bytesPerPlace: number,
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
   */
  admissionReason(load: EngineLoad): AdmissionReason | undefined {
    if (load.waitingRows === 0) return undefined;
    if (load.runningRows === 0) return 'idle';
    if (load.stepsInQuantum < this.quantumSteps(load.runningRows)) return undefined;
    if (load.waitingRows >= WAITING_RATIO * load.runningRows) return 'ratio';
    if (load.longestWaitMs >= MAX_QUANTA_WAITED * this.limits.quantumMs) return 'max_wait';
    return this.costs.encodeMs(load.waitingPlaces) <= this.limits.quantumMs ? 'cheap' : undefined;
  }

  /** Whether keys and values of so much fit. One sentence alone always does: it could never run otherwise. */
  fits({ sentences, longestSourcePlaces, longestNodePlaces }: KeyValueNeed): boolean {
    if (sentences <= 1) return true;
    if (sentences > this.limits.maxSentences) return false;
    const bytes = sentences * (longestSourcePlaces + longestNodePlaces) * this.bytesPerPlace;
    return bytes <= this.limits.maxKeyValueBytes;
  }
}
