import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { measurePeak } from './peak.js';
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
