import { TranslationError } from '#libs/domain';
import type { Admission } from './admission.js';
import { type CompanyGuest, type CompanyMember, workLimitMs } from './engine-company.js';
import { retryAfterSeconds } from './retry-after.js';
import type { SegmentQueue } from './segment-queue.js';
import type { SharedDecode, SharedDecodes } from './shared-decodes.js';
import type { SegmentOwner, WaitingSegment } from './waiting-segment.js';

/** A segment on its way to an engine, and what equal ones can join. */
export interface StartedSegment {
  readonly segment: WaitingSegment;
  readonly decode: SharedDecode | undefined;
  readonly member: CompanyMember;
}

/** A request that is to be answered with `reason`. */
export interface DroppedRequest {
  readonly owner: SegmentOwner;
  readonly reason: TranslationError;
}

export interface CutBatch {
  readonly started: readonly StartedSegment[];
  readonly dropped: readonly DroppedRequest[];
}

/** Takes segments out of the queue, and keeps the permits of what waits in step with it. */
export class BatchCutter {
  constructor(
    private readonly queue: SegmentQueue<WaitingSegment>,
    private readonly admission: Admission,
    private readonly shared: SharedDecodes | undefined,
  ) {}

  /**
   * As many segments as there is room for, those first whose turn it is; and the requests of those whose turn it was in
   * vain. These are out of the queue as wholes; whoever calls has to drop them.
   */
  cut(room: number, nowMs: number): CutBatch {
    const started: StartedSegment[] = [];
    const dropped: DroppedRequest[] = [];
    while (started.length < room) {
      const segment = this.queue.next();
      if (segment === undefined) break;
      const fate = this.#fateOf(segment, nowMs);
      if (fate === 'wait') break;
      if (fate instanceof TranslationError) {
        const { owner } = segment;
        this.takeOut(owner.segments);
        dropped.push({ owner, reason: fate });
        continue;
      }
      this.queue.take(segment);
      this.admission.left(segment);
      if (!this.followEqual(segment, nowMs)) started.push(this.#start(segment, fate));
    }
    return { started, dropped };
  }

  /** The requests in the engines that are best given up, and what they are to be answered. */
  findHopeless(nowMs: number): DroppedRequest[] {
    return this.admission.findHopeless(nowMs).map((owner) => ({
      owner,
      reason:
        owner.segments[0]?.findLateness(nowMs) ??
        this.#hopeless('takes so much longer than was expected when it came'),
    }));
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

  /**
   * What becomes of the segment whose turn it is. One more in the engines, and somebody who is there may be too late:
   * then it waits until some have left. Where it would be too late itself, or could bear much less company than when it
   * came and nothing has been done for it, it gives way to others who wait. What the gate could not know makes such
   * segments: a machine that has become slower. With the engines to itself a request is tried with all that it has, and
   * keeps nobody away: how long it really takes is news.
   *
   * @returns where it starts what it is in the company.
   */
  #fateOf(segment: WaitingSegment, nowMs: number): CompanyGuest | 'wait' | TranslationError {
    const lateness = segment.findLateness(nowMs);
    if (lateness !== undefined) return lateness;
    const { owner, sourceTokens, deadlineAtMs } = segment;
    const guest = { owner, sourceTokens, deadlineAtMs };
    const work = { sourceTokens, withinMs: workLimitMs(deadlineAtMs, nowMs), stepsDone: 0 };
    if (this.shared?.has(segment.work) === true) return guest;
    const { company } = this.admission;
    const isAlone = this.queue.requests === 1;
    if (!isAlone && this.#hasWaitedTooLong(segment, nowMs) && !owner.hasBegun)
      return this.#hopeless();
    const together = company.size + 1;
    if (together > this.admission.mostInCompany(nowMs)) return 'wait';
    if (together <= this.admission.mostTogether(work)) return guest;
    if (!isAlone) return this.#hopeless();
    return company.isOnlyOf(owner) ? { ...guest, deadlineAtMs: Infinity } : 'wait';
  }

  #hasWaitedTooLong(segment: WaitingSegment, nowMs: number): boolean {
    const waitedMs = segment.waitedMs(nowMs);
    const withinMs = workLimitMs(segment.deadlineAtMs, nowMs - waitedMs);
    const { sourceTokens } = segment;
    return waitedMs > this.admission.longestWaitMs({ sourceTokens, withinMs, stepsDone: 0 });
  }

  #hopeless(why = 'has waited so long for an engine'): TranslationError {
    return new TranslationError(
      'no-capacity',
      `The request ${why} that it cannot be done in time any more. Try again later, with fewer records, or with more time.`,
      { retryAfterSeconds: retryAfterSeconds(1000 * this.admission.backlogSeconds) },
    );
  }

  #start(segment: WaitingSegment, guest: CompanyGuest): StartedSegment {
    const member = this.admission.company.join(guest);
    return { segment, decode: this.shared?.begin(segment.work), member };
  }
}
