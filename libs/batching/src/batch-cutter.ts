import type { TranslationError } from '#libs/domain';
import type { Admission } from './admission.js';
import type { SegmentQueue } from './segment-queue.js';
import type { SharedDecode, SharedDecodes } from './shared-decodes.js';
import type { WaitingSegment } from './waiting-segment.js';

/** A segment on its way to an engine, and what equal ones can join. */
export interface StartedSegment {
  readonly segment: WaitingSegment;
  readonly decode: SharedDecode | undefined;
}

/** A segment whose request is to be answered with `reason`. */
interface DroppedSegment {
  readonly segment: WaitingSegment;
  readonly reason: TranslationError;
}

export interface CutBatch {
  readonly started: readonly StartedSegment[];
  readonly dropped: readonly DroppedSegment[];
}

/** Takes segments out of the queue, and keeps the permits of what waits in step with it. */
export class BatchCutter {
  constructor(
    private readonly queue: SegmentQueue<WaitingSegment>,
    private readonly admission: Admission,
    private readonly shared: SharedDecodes | undefined,
  ) {}

  /**
   * As many segments as there is room for, those first whose turn it is; and those whose turn it was in vain.
   * Their whole requests are out of the queue; whoever calls has to drop them.
   */
  cut(room: number, nowMs: number): CutBatch {
    const started: StartedSegment[] = [];
    const dropped: DroppedSegment[] = [];
    while (started.length < room) {
      const segment = this.queue.next();
      if (segment === undefined) break;
      const reason = this.#whyNot(segment, room - started.length, nowMs);
      if (reason !== undefined) {
        this.takeOut(segment.owner.segments);
        dropped.push({ segment, reason });
        continue;
      }
      this.queue.take(segment);
      this.admission.left(segment);
      if (!this.followEqual(segment, nowMs))
        started.push({ segment, decode: this.shared?.begin(segment.work) });
    }
    return { started, dropped };
  }

  /** Takes out what waits of these, all before the first that is dropped makes room elsewhere. */
  takeOut(segments: readonly WaitingSegment[]): void {
    for (const segment of segments) if (this.queue.remove(segment)) this.admission.left(segment);
  }

  /** Lets an equal segment's decode answer this one; returns whether there is one. */
  followEqual(segment: WaitingSegment, nowMs: number): boolean {
    const ticket = this.shared?.find(segment.work);
    if (ticket !== undefined) segment.follow(ticket, nowMs);
    return ticket !== undefined;
  }

  /** Why a segment should not get to an engine although it is its turn. */
  #whyNot(segment: WaitingSegment, places: number, nowMs: number): TranslationError | undefined {
    const lateness = segment.findLateness(nowMs);
    if (lateness !== undefined || this.shared?.has(segment.work) === true) return lateness;
    return this.admission.findHopelessness(segment, places, nowMs);
  }
}
