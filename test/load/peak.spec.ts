import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { measurePeak, rateBetween } from './peak.js';
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

  it('is not measured where requests fail', async () => {
    await expect(measurePeak(1, 0, 100, () => Promise.resolve(503))).rejects.toThrow('503');
  });
});

describe('rateBetween', () => {
  it('is the rate of waves, however they fall into the time', () => {
    const waves = [1000, 2000, 3000, 4000, 5000].flatMap((at) => Array<number>(64).fill(at));
    for (const start of [1500, 1800, 1999])
      for (const end of [3001, 3500, 3999]) expect(rateBetween(waves, start, end)).toBe(64);
  });

  it('counts from the clock where nothing came before', () => {
    expect(rateBetween([600, 700], 500, 1000)).toBe(10);
    expect(rateBetween([], 500, 1000)).toBe(0);
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
