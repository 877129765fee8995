import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { seededRandom } from '../../libs/testing/src/seeded-random.js';
import { RunningService } from '../support/service.js';
import { Balancer } from './balancer.js';
import { Crowd } from './crowd.js';
import { type FaultRow, PATIENT } from './fault-row.js';

const RESTARTS = 10;
const LOAD_SHARE = 0.7;
const CAPACITY_CALLERS = 32;
const CAPACITY_MS = 10_000;
const ENV = {
  ...PATIENT,
  DRAIN_DELAY_MS: '2000',
  DRAIN_TIMEOUT_MS: PATIENT.REQUEST_TIMEOUT_MS,
};

/** Sentences a second that a service answers to callers who always have another. */
async function capacityOf(service: RunningService): Promise<number> {
  const crowd = await Crowd.meet(service);
  const load = crowd.keepAsking(CAPACITY_CALLERS);
  await crowd.untilAnswered(CAPACITY_CALLERS);
  const before = crowd.tally.ok;
  await delay(CAPACITY_MS);
  const answered = crowd.tally.ok - before;
  await load.stop();
  crowd.leave();
  return answered / (CAPACITY_MS / 1000);
}

/** Sends at random moments, `perSecond` on average, whatever becomes of those before. */
function sendOpenLoop(crowd: Crowd, perSecond: number): { stop(): Promise<void> } {
  const random = seededRandom(6);
  const end = new AbortController();
  const sent: Promise<unknown>[] = [];
  const sending = (async () => {
    let atMs = performance.now();
    while (!end.signal.aborted) {
      atMs += (-Math.log(1 - random()) / perSecond) * 1000;
      const waitMs = atMs - performance.now();
      if (waitMs > 0) await delay(waitMs);
      sent.push(crowd.ask());
    }
  })();
  return {
    stop: async () => {
      end.abort();
      await sending;
      await Promise.all(sent);
    },
  };
}

export const rollingRestarts: FaultRow = {
  number: '6',
  fault: `${RESTARTS} rolling restarts at ${LOAD_SHARE * 100} % load behind a proxy, without retries`,
  forms: ['long'],
  run: async () => {
    let service = await RunningService.start(ENV);
    const capacity = await capacityOf(service);
    const balancer = await Balancer.start();
    balancer.add(service);
    const crowd = await Crowd.meet(service, balancer.url);
    const load = sendOpenLoop(crowd, LOAD_SHARE * capacity);
    for (let restart = 0; restart < RESTARTS; restart++) {
      const next = await RunningService.start(ENV);
      balancer.add(next);
      expect(await service.stop()).toBe(0);
      balancer.remove(service);
      service = next;
      await crowd.untilAnswered(Math.ceil(LOAD_SHARE * capacity));
    }
    await load.stop();
    crowd.leave();
    balancer.stop();
    expect([...crowd.tally.refused]).toEqual([]);
    expect(await service.stop()).toBe(0);
    const rate = (LOAD_SHARE * capacity).toFixed(0);
    return { tally: crowd.tally, notes: `${rate} requests/s; none failed` };
  },
};
