import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { measurePeak, rateOfRounds } from './peak.js';
import { TranslationClient } from './translation-client.js';

describe('measurePeak', () => {
  it('counts what is answered between the warm-up and the end', async () => {
    const perSecond = await measurePeak(4, 50, 400, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 200;
    });
    expect(perSecond).toBeGreaterThan(50);
    expect(perSecond).toBeLessThanOrEqual(220);
  });

  it('counts no refusals, and gives the service a breath after each', async () => {
    let refused = 0;
    const perSecond = await measurePeak(2, 0, 900, async (index) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (index % 8 > 0) return 200;
      refused++;
      return 503;
    });
    // Of 390 ms for eight of one caller, 250 are a breath.
    expect(perSecond).toBeLessThan(70);
    expect(refused).toBeLessThan(10);
  });

  it('is not measured where requests fail', async () => {
    await expect(measurePeak(1, 0, 100, () => Promise.resolve(500))).rejects.toThrow('500');
  });
});

describe('rateOfRounds', () => {
  it('is the rate of waves, of one engine or two, however they fall into the time', () => {
    for (const secondEngineMs of [0, 130, 500, 990]) {
      const waves = [1000, 2000, 3000, 4000, 5000, 6000].flatMap((at) => [
        ...Array<number>(32).fill(at),
        ...Array<number>(32).fill(at + secondEngineMs),
      ]);
      for (const start of [1500, 1800, 1999])
        for (const end of [4001, 4500, 4999])
          expect(rateOfRounds(waves, 64, start, end)).toBeCloseTo(64);
    }
  });

  it('is that of all answers where not even one round fits', () => {
    expect(rateOfRounds([0, 600, 700, 1000], 4, 500, 1000)).toBe(4);
    expect(rateOfRounds([], 1, 500, 1000)).toBe(0);
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
    expect(await client.translate(0)).toBe('wrong answer');
    expect(await client.translate(0)).toBe('wrong answer');
    server.close();
    server.closeAllConnections();
    expect(await client.translate(0)).toBe('no answer');
    await client.close();
  });
});
