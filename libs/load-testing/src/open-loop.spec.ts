import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { constantArrivals } from './arrivals.js';
import { measure } from './measurement.js';
import { type Ending, runOpenLoop } from './open-loop.js';

describe('runOpenLoop', () => {
  it('sends on while nothing is answered, and counts from when requests were due', async () => {
    const FREEZE_MS = 300;
    const startedAtMs = performance.now();
    const answers = await runOpenLoop({
      arrivals: constantArrivals(10, 30),
      // A service that answers nothing for a while, then everything.
      send: async () => {
        const restMs = FREEZE_MS - (performance.now() - startedAtMs);
        if (restMs > 0) await delay(restMs);
        return 200;
      },
      maxOpen: 100,
    });
    expect(answers).toHaveLength(30);
    const { responseTimes } = measure(answers, FREEZE_MS);
    // Half of the requests were due in the first half of the freeze; a closed loop would have seen one wait.
    expect(responseTimes?.percentilesMs['50']).toBeGreaterThan(FREEZE_MS / 3);
  });

  it('does not send what is due while too many are open, and says so', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let sent = 0;
    const answers = await runOpenLoop({
      arrivals: constantArrivals(0, 10),
      send: async (): Promise<Ending> => {
        if (++sent === 3) setTimeout(release, 20);
        await released;
        return 200;
      },
      maxOpen: 3,
    });
    expect(measure(answers, 1).endings).toEqual({ 'not sent': 7, 'status 200': 3 });
  });

  it('sends nothing more once its signal aborts, and waits for what is open', async () => {
    const controller = new AbortController();
    let open = 0;
    const loop = runOpenLoop({
      arrivals: constantArrivals(5, 1_000_000),
      send: async () => {
        open++;
        await delay(50);
        open--;
        if (!controller.signal.aborted) controller.abort(new Error('enough'));
        return 200;
      },
      maxOpen: 100,
      signal: controller.signal,
    });
    await expect(loop).rejects.toThrow('enough');
    expect(open).toBe(0);
  });
});
