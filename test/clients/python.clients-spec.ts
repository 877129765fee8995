import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningService } from '../support/service.js';
import { installClients, pythonObstacle, runClient } from './python-client.js';

const KEY = 'shop-0123456789abcdef';
const obstacle = pythonObstacle();
if (obstacle !== undefined)
  process.stderr.write(`\nNOT TESTED: the Python clients, because ${obstacle}.\n\n`);

describe.skipIf(obstacle !== undefined)('of Python', () => {
  let service: RunningService;
  beforeAll(async () => {
    await installClients();
    service = await RunningService.start({ API_KEYS: `shop:${KEY}` });
  });
  afterAll(() => service.stop());

  it('deepl translates, lists, counts, and shows what is refused', async () => {
    expect(await runClient('deepl_client.py', service.url, KEY)).toEqual({
      one: [expect.stringMatching(/geht/), 'EN', 12],
      several: [
        [expect.stringMatching(/[぀-ヿ一-龯]/), 'EN'],
        [expect.stringMatching(/[぀-ヿ一-龯]/), 'DE'],
      ],
      model: 'latency_optimized',
      sources: ['DE', 'EN', 'JA'],
      targets: ['DE', 'EN-GB', 'EN-US', 'JA'],
      glossaryPairs: 0,
      glossaries: 0,
      usage: [expect.any(Number), false],
      language: ['DeepLException', expect.stringMatching(/target_lang/)],
      formality: ['DeepLException', expect.stringMatching(/formality/)],
      glossary: ['DeepLException', expect.stringMatching(/Glossary not found/)],
      key: ['AuthorizationException', expect.any(String)],
    });
  });

  it('libretranslatepy and translate translate, detect, list, and get the statuses that they know', async () => {
    expect(await runClient('libretranslate_clients.py', service.url, KEY)).toEqual({
      translated: expect.stringMatching(/geht/) as string,
      auto: expect.stringMatching(/station/i) as string,
      detected: expect.arrayContaining([
        { language: 'de', confidence: expect.any(Number) as number },
      ]) as unknown,
      languages: ['de', 'en', 'ja'],
      unknownLanguage: [400, 'zz is not supported'],
      noText: [400, 'Invalid request: missing q parameter'],
      wrongKey: [403, 'Invalid API key'],
      libre: expect.stringMatching(/geht/) as string,
      libreDetected: expect.stringMatching(/house/) as string,
      libreFailure: expect.stringMatching(/400/) as string,
      deepl: expect.stringMatching(/geht/) as string,
    });
  });
});
