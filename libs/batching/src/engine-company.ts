import type { EngineTicket } from '#libs/inference';
import type { ForecastWork } from './finish-forecast.js';
import type { SegmentOwner } from './waiting-segment.js';

/** Room for error in a forecast of the time in the engines, as a factor: steps are alike, so there is little. */
const WORK_MARGIN = 1.1;

/** A segment that is to share the engines. */
export interface CompanyGuest {
  readonly owner: SegmentOwner;
  readonly sourceTokens: number;
  /** Infinite where it minds nobody. */
  readonly deadlineAtMs: number;
}

/** A segment in the engines. */
export class CompanyMember {
  #ticket: Pick<EngineTicket, 'engineTurns'> | undefined;
  #turnsBefore = 0;

  constructor(
    private readonly guest: CompanyGuest,
    /** To be called when no engine has it any more. */
    readonly leave: () => void,
  ) {}

  get owner(): SegmentOwner {
    return this.guest.owner;
  }

  /** An engine has it now. */
  start(ticket: Pick<EngineTicket, 'engineTurns'>): void {
    this.#ticket = ticket;
    this.#turnsBefore = ticket.engineTurns;
  }

  /** What it still has to do, as far as its engine has told. An engine that is replaced begins anew, and counts anew. */
  work(nowMs: number): ForecastWork {
    const { sourceTokens, deadlineAtMs } = this.guest;
    const turns = this.#ticket?.engineTurns ?? 0;
    if (turns < this.#turnsBefore) this.#turnsBefore = 0;
    return {
      sourceTokens,
      withinMs: workLimitMs(deadlineAtMs, nowMs),
      stepsDone: turns - this.#turnsBefore,
    };
  }
}

/** Segments that share the engines now, and how far each is. The more there are, the longer each takes. */
export class EngineCompany {
  readonly #members = new Set<CompanyMember>();

  get members(): ReadonlySet<CompanyMember> {
    return this.#members;
  }

  get size(): number {
    return this.#members.size;
  }

  /** What each still has to do. */
  works(nowMs: number): ForecastWork[] {
    return Array.from(this.#members, (member) => member.work(nowMs));
  }

  /** Whether all that is there belongs to one. */
  isOnlyOf(owner: SegmentOwner): boolean {
    for (const member of this.#members) if (member.owner !== owner) return false;
    return true;
  }

  join(guest: CompanyGuest): CompanyMember {
    const member = new CompanyMember(guest, () => {
      this.#members.delete(member);
    });
    this.#members.add(member);
    return member;
  }
}

/** How long a segment may be in the engines from now on. */
export function workLimitMs(deadlineAtMs: number, nowMs: number): number {
  return (deadlineAtMs - nowMs) / WORK_MARGIN;
}
