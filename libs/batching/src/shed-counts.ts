import type { TranslationError } from '#libs/domain';

/** Where segments were when they were given up: not let in, waiting for an engine, in one. */
export const SHED_STAGES = ['arrival', 'dequeue', 'running'] as const;
export type ShedStage = (typeof SHED_STAGES)[number];

export const SHED_CAUSES = ['deadline', 'disconnect'] as const;
export type ShedCause = (typeof SHED_CAUSES)[number];

/** How many segments were given up because it was too late for them or nobody waited any more. */
export class ShedCounts {
  readonly #counts = new Map<string, number>();

  count(stage: ShedStage, { code }: TranslationError, segments = 1): void {
    if (code !== 'deadline-exceeded' && code !== 'client-closed') return;
    const cause: ShedCause = code === 'deadline-exceeded' ? 'deadline' : 'disconnect';
    this.#counts.set(keyOf(stage, cause), this.of(stage, cause) + segments);
  }

  of(stage: ShedStage, cause: ShedCause): number {
    return this.#counts.get(keyOf(stage, cause)) ?? 0;
  }
}

function keyOf(stage: ShedStage, cause: ShedCause): string {
  return `${stage} ${cause}`;
}
