import type { BatchingSettings, Caller } from '#libs/batching';
import { randomInteger, seededRandom } from '#libs/testing';

/** Longest segment of a schedule, in tokens. */
export const LONGEST_TOKENS = 40;

export interface ScheduledRequest {
  readonly atMs: number;
  /** Source ids of each segment. */
  readonly segments: readonly (readonly number[])[];
  /** From its arrival; `Infinity` for none. */
  readonly deadlineMs: number;
  /** When its caller goes away, from its arrival; undefined where it waits for the answer. */
  readonly leavesAfterMs: number | undefined;
  /** Undefined where callers are not told apart. */
  readonly caller: Caller | undefined;
  /** Whether each finished segment is followed by two halves of it, as those that the model cut are. */
  readonly isHalved: boolean;
}

/** All that happens to a service from outside, and how it is set up. */
export interface Schedule {
  readonly settings: BatchingSettings;
  /** Most that the engine decodes at once. */
  readonly sentences: number;
  readonly requests: readonly ScheduledRequest[];
  readonly crashesAtMs: readonly number[];
  readonly drainsAtMs: number | undefined;
}

/** The schedule of a seed: the seed is the bug report. */
export function scheduleOf(seed: number): Schedule {
  const random = seededRandom(seed);
  const chance = (probability: number): boolean => random() < probability;
  const whole = (least: number, most: number): number => randomInteger(random, least, most);
  const callers = chance(0.4) ? callersOf(whole(2, 3), whole) : [];
  const cacheBytes = chance(0.2) ? whole(300, 5000) : 0;
  const requests = Array.from({ length: whole(2, 14) }, (_, request): ScheduledRequest => {
    const count = chance(0.25) ? whole(10, 40) : whole(1, 3);
    const segments = Array.from({ length: count }, (_segment, index) => {
      // Where equal segments share a decode there have to be equal ones.
      const first = cacheBytes > 0 ? [whole(0, 9)] : [request, index];
      const length = first[0] === undefined ? 0 : whole(first.length, LONGEST_TOKENS);
      return cacheBytes > 0
        ? Array<number>(1 + (first[0] ?? 0)).fill(first[0] ?? 0)
        : [...first, ...Array<number>(length - first.length).fill(7)];
    });
    return {
      segments,
      atMs: whole(0, 3000),
      deadlineMs: chance(0.3) ? Infinity : whole(20, 6000),
      leavesAfterMs: chance(0.15) ? whole(0, 1500) : undefined,
      caller: callers[whole(0, callers.length - 1)],
      isHalved: chance(0.1),
    };
  });
  return {
    requests,
    sentences: whole(1, 4),
    settings: {
      windowMs: whole(0, 5),
      windowSegments: whole(1, 4),
      maxQueueTokens: whole(50, 2000),
      maxQueueRequests: whole(2, 20),
      queueOrder: chance(0.85) ? 'fair' : 'arrival',
      cacheBytes,
    },
    crashesAtMs: Array.from({ length: whole(0, 2) }, () => whole(0, 4000)),
    drainsAtMs: chance(0.1) ? whole(0, 3000) : undefined,
  };
}

function callersOf(count: number, whole: (least: number, most: number) => number): Caller[] {
  const shares = Array.from({ length: count }, () => whole(1, 4));
  const allShares = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share, index) => ({ name: `caller-${index}`, share, allShares }));
}
