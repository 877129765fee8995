import type { Answer } from '#libs/load-testing';

/** A request that was translated: from when it was due until its answer was there. */
export type Served = Pick<Answer, 'scheduledAtMs' | 'answeredAtMs'>;

/**
 * Translations per second between two moments, each counted by the part of its time that lies between them.
 *
 * What is decoded together ends together, and of such waves few end within what is measured: counted by their ends,
 * three or four of them, the same service did a quarter more or less as the waves fell.
 */
export function servedPerSecond(served: readonly Served[], startMs: number, endMs: number): number {
  const within = ({ scheduledAtMs, answeredAtMs }: Served): number => {
    const sharedMs = Math.min(answeredAtMs, endMs) - Math.max(scheduledAtMs, startMs);
    return Math.max(0, sharedMs) / (answeredAtMs - scheduledAtMs);
  };
  const count = served.reduce((sum, request) => sum + within(request), 0);
  return (1000 * count) / (endMs - startMs);
}
