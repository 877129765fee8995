import 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Schedules that the simulation runs through; vitest.config.ts sets it. */
    schedules: number;
  }
}
