import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#libs/testing';
import { poissonArrivals, steadyArrivals } from './arrivals.js';
import { Latencies } from './latencies.js';
import { measurePeak, runOpenLoop } from './open-loop.js';
import { TranslationClient } from './translation-client.js';

describe('poissonArrivals', () => {
  it('come at the rate, in order, with gaps of an exponential distribution', () => {
    const arrivals = [...poissonArrivals(50, 400_000, seededRandom(1))];
    // 20,000 expected; the standard deviation is 141.
    expect(Math.abs(arrivals.length - 20_000)).toBeLessThan(5 * 141);
    const gaps = arrivals.map((atMs, index) => atMs - (arrivals[index - 1] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    // Of an exponential distribution 1 / e are longer than the mean, and the deviation is the mean.
    const longer = gaps.filter((gap) => gap > mean).length / gaps.length;
    expect(longer).toBeCloseTo(Math.exp(-1), 1);
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
  });

  it('are the same for the same seed', () => {
    const once = [...poissonArrivals(10, 10_000, seededRandom(7))];
    expect([...poissonArrivals(10, 10_000, seededRandom(7))]).toEqual(once);
  });
});

describe('runOpenLoop', () => {
  it('sends on while nothing is answered, and counts from when requests were due', async () => {
    const FREEZE_MS = 300;
    const startedAtMs = performance.now();
    let mostOpen = 0;
    let open = 0;
    const { answers } = await runOpenLoop({
      arrivals: steadyArrivals(100, FREEZE_MS),
      // A service that answers nothing for a while, then everything.
      send: async () => {
        mostOpen = Math.max(mostOpen, ++open);
        const restMs = FREEZE_MS - (performance.now() - startedAtMs);
        if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
        open--;
        return 200;
      },
    });
    expect(answers).toHaveLength(30);
    expect(mostOpen).toBeGreaterThan(20);
    const latencies = new Latencies();
    for (const { answeredAtMs, scheduledAtMs } of answers)
      latencies.record(answeredAtMs - scheduledAtMs);
    // Half of the requests were due in the first half of the freeze; a closed loop would have seen one wait.
    expect(latencies.percentileMs(50)).toBeGreaterThan(FREEZE_MS / 3);
  });

  it('counts what throws as failed, and loses nobody', async () => {
    const { answers } = await runOpenLoop({
      arrivals: steadyArrivals(1000, 20),
      send: (index) =>
        index % 2 === 0 ? Promise.resolve(503) : Promise.reject(new Error('no connection')),
    });
    expect(answers.filter(({ ending }) => ending === 503)).toHaveLength(10);
    expect(answers.filter(({ ending }) => ending === 'failed')).toHaveLength(10);
  });
});

describe('measurePeak', () => {
  it('counts what is answered between the warm-up and the end', async () => {
    const perSecond = await measurePeak(4, 50, 400, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 200;
    });
    expect(perSecond).toBeGreaterThan(50);
    expect(perSecond).toBeLessThanOrEqual(220);
  });

  it('is not measured where requests fail', async () => {
    await expect(measurePeak(1, 0, 100, () => Promise.resolve(503))).rejects.toThrow('503');
  });
});

describe('TranslationClient', () => {
  it('takes for an answer only the record that it has sent', async () => {
    const answers = [
      '{"result":[{"id":0,"text":"Hallo."}]}',
      '{"result":[{"id":7,"text":"Hallo."}]}',
      '{"result":[]}',
    ];
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.end(answers.shift()));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const texts = [{ fromLang: 'en', toLang: 'de', text: 'Hello.' }];
    const client = new TranslationClient(url, texts, 1000);
    expect(await client.translate(0)).toBe(200);
    expect(await client.translate(0)).toBe('failed');
    expect(await client.translate(0)).toBe('failed');
    await client.close();
    server.close();
  });
});
