import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JsonAnswer, postJson } from '../../../../../test/support/json-answer.js';
import {
  type ScriptedService,
  startScriptedService,
} from '../../../../../test/support/scripted-service.js';

const KEY = 'shop-0123456789abcdef';
const HELLO = { source_lang: 'en', target_lang: 'de', text_list: ['Hello.', '', 'World.'] };

let service: ScriptedService;
beforeEach(async () => {
  service = await startScriptedService();
});
afterEach(() => service.close());

function post(
  body: unknown,
  query = '',
  headers: Record<string, string> = {},
): Promise<JsonAnswer> {
  return postJson(`${service.url}/imme${query}`, body, headers);
}

describe('POST /imme', () => {
  it('answers a list with a list of the same length and order', async () => {
    const answer = await post(HELLO);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      translations: HELLO.text_list.map((text) => ({ detected_source_lang: 'en', text })),
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  });

  it.each([undefined, null, '', 'auto', 'AUTO'])(
    'detects where the source is %j',
    async (source_lang) => {
      const text_list = ['Wo ist denn der Bahnhof?', 'Where is the train station?'];
      const { body } = await post({ text_list, source_lang, target_lang: 'ja-JP' });
      expect(body).toMatchObject({
        translations: [{ detected_source_lang: 'de' }, { detected_source_lang: 'en' }],
      });
    },
  );

  it('answers the preflight of a page', async () => {
    const answer = await fetch(`${service.url}/imme?token=x`, { method: 'OPTIONS' });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-methods')).toBe('GET, POST');
  });

  it.each<[string, unknown, number, string]>([
    ['no list', { ...HELLO, text_list: undefined }, 400, 'invalid-request'],
    ['a text for a list', { ...HELLO, text_list: 'Hello.' }, 400, 'invalid-request'],
    ['a number for a text', { ...HELLO, text_list: [5] }, 400, 'invalid-request'],
    ['no target', { ...HELLO, target_lang: '' }, 400, 'invalid-request'],
    ['a source that is a number', { ...HELLO, source_lang: 5 }, 400, 'invalid-request'],
    ['an unknown source', { ...HELLO, source_lang: 'fr' }, 422, 'unsupported-language'],
    ['a long text', { ...HELLO, text_list: ['x'.repeat(10_001)] }, 413, 'text-too-long'],
    [
      'many texts',
      { ...HELLO, text_list: Array.from({ length: 1001 }, () => '') },
      413,
      'too-many-records',
    ],
    ['broken JSON', '{', 400, 'malformed-json'],
    ['a list for a body', [], 400, 'invalid-request'],
  ])('refuses %s with a sentence', async (_name, body, status, code) => {
    const answer = await post(body);
    expect([answer.status, answer.body]).toEqual([
      status,
      { error: expect.stringMatching(/./) as string, code },
    ]);
    expect(service.engines.works).toEqual([]);
  });

  it('never answers with the source where a translation has failed', async () => {
    service.engines.state = 'starting';
    const early = await post(HELLO);
    service.engines.state = 'ready';
    expect(early).toMatchObject({ status: 503, body: { code: 'engine-unavailable' } });
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
    service.engines.script = () => 'never';
    const late = await post(HELLO, '', { 'x-request-timeout-ms': '200' });
    expect(late).toMatchObject({ status: 504, body: { code: 'deadline-exceeded' } });
  });

  it('finds the key in the address', async () => {
    await service.close();
    service = await startScriptedService({ API_KEYS: `shop:${KEY}` });
    expect((await post(HELLO, `?token=${KEY}`)).status).toBe(200);
    for (const query of ['', '?token=', `?token=${KEY}x`, `?token=${KEY}&token=${KEY}`])
      expect(await post(HELLO, query)).toMatchObject({
        status: 401,
        body: { code: 'unauthorized' },
      });
    expect(JSON.stringify(service.logLines)).not.toContain(KEY);
  });

  it('is not there where the dialect is off', async () => {
    await service.close();
    service = await startScriptedService({ DIALECTS: 'libretranslate,deepl' });
    expect((await post(HELLO)).status).toBe(404);
  });
});
