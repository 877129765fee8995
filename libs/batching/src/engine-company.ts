import type { InferenceService } from '#libs/inference';
import type { ForecastWork } from './finish-forecast.js';

/** Room for error in a forecast of the time in the engines, as a factor: steps are alike, so there is little. */
const WORK_MARGIN = 1.1;

/** A segment in the engines. */
export interface CompanyMember {
  readonly owner: object;
  readonly sourceTokens: number;
  /** Infinite where it minds nobody. */
  readonly deadlineAtMs: number;
}

/** Segments that share the engines now, and how far each is. The more there are, the longer each takes. */
export class EngineCompany {
  /** The steps that an engine had taken when a member came. */
  readonly #members = new Map<CompanyMember, number>();
  /** Steps of an engine since the start: they take them side by side. */
  #steps = 0;
  #countedTurns = 0;

  constructor(private readonly inference: Pick<InferenceService, 'capacity' | 'statistics'>) {}

  get size(): number {
    return this.#members.size;
  }

  /** What each still has to do, as far as the engines have told. */
  works(nowMs: number): ForecastWork[] {
    this.#countSteps();
    return Array.from(this.#members, ([{ sourceTokens, deadlineAtMs }, stepsBefore]) => ({
      sourceTokens,
      withinMs: workLimitMs(deadlineAtMs, nowMs),
      stepsDone: this.#steps - stepsBefore,
    }));
  }

  /** Whether all that is there belongs to one. */
  isOnlyOf(owner: object): boolean {
    for (const member of this.#members.keys()) if (member.owner !== owner) return false;
    return true;
  }

  /** Takes a segment in; returns what lets it go. */
  join(member: CompanyMember): () => void {
    this.#countSteps();
    this.#members.set(member, this.#steps);
    return () => {
      this.#members.delete(member);
    };
  }

  #countSteps(): void {
    const { turns } = this.inference.statistics;
    this.#steps += (turns - this.#countedTurns) / Math.max(1, this.inference.capacity.engines);
    this.#countedTurns = turns;
  }
}

/** How long a segment may be in the engines from now on. */
export function workLimitMs(deadlineAtMs: number, nowMs: number): number {
  return (deadlineAtMs - nowMs) / WORK_MARGIN;
}
