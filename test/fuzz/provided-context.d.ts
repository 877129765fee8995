import 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Files that each property of test/fuzz tries; vitest.config.ts sets it for each project. */
    fuzzRuns: number;
  }
}
