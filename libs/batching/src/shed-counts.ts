import type { ErrorCode, TranslationError } from '#libs/domain';

/** Where segments were when they were given up: not let in, waiting for an engine, in one. */
export const SHED_STAGES = ['arrival', 'dequeue', 'running'] as const;
export type ShedStage = (typeof SHED_STAGES)[number];

export const SHED_CAUSES = ['deadline', 'disconnect'] as const;
export type ShedCause = (typeof SHED_CAUSES)[number];

const CAUSES: Partial<Record<ErrorCode, ShedCause>> = {
  'deadline-exceeded': 'deadline',
  'no-capacity': 'deadline',
  'client-closed': 'disconnect',
};

/** How many segments were given up because they could not be in time or nobody waited any more. */
export class ShedCounts {
  readonly #counts = new Map<string, number>();

  count(stage: ShedStage, { code }: TranslationError, segments = 1): void {
    const cause = CAUSES[code];
    if (cause !== undefined)
      this.#counts.set(keyOf(stage, cause), this.of(stage, cause) + segments);
  }

  of(stage: ShedStage, cause: ShedCause): number {
    return this.#counts.get(keyOf(stage, cause)) ?? 0;
  }
}

function keyOf(stage: ShedStage, cause: ShedCause): string {
  return `${stage} ${cause}`;
}
