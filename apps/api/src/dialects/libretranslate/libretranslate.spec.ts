import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TranslationError } from '#libs/domain';
import { fetchJson, type JsonAnswer, postJson } from '../../../../../test/support/json-answer.js';
import { echo } from '../../../../../test/support/scripted-engines.js';
import {
  type ScriptedService,
  startScriptedService,
} from '../../../../../test/support/scripted-service.js';

const KEY = 'shop-0123456789abcdef';
const HELLO = { q: 'Hello world.', source: 'en', target: 'de' };

let service: ScriptedService;
beforeEach(async () => {
  service = await startScriptedService();
});
afterEach(() => service.close());

function send(path: string, init: RequestInit = {}): Promise<JsonAnswer> {
  return fetchJson(service.url + path, { method: 'POST', ...init });
}

function json(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<JsonAnswer> {
  return postJson(service.url + path, body, headers);
}

function form(path: string, body: string): Promise<JsonAnswer> {
  return send(path, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body });
}

/** As clients do that fetch cannot stand for: with a body for GET, on a connection of its own. */
async function exchange(
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const sent = request(service.url + path, {
    method,
    agent: false,
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

async function restart(env: Record<string, string>): Promise<void> {
  await service.close();
  service = await startScriptedService(env);
}

describe('POST /translate', () => {
  it('answers a string with a string, and nothing that was not asked for', async () => {
    const answer = await json('/translate', { ...HELLO, api_key: null, secret: 'x' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ translatedText: 'Hello world.' });
    expect(answer.headers.get('server-timing')).toMatch(/inference/);
  });

  it('answers a list with a list of the same length and order, empty texts included', async () => {
    const { body } = await json('/translate', { ...HELLO, q: ['One.', '', ' ', 'Two.'] });
    expect(body).toEqual({ translatedText: ['One.', '', ' ', 'Two.'] });
  });

  it.each([
    ['query', '/translate?q=Hello+world.&source=en&target=de', {}],
    ['form', '/translate', { body: 'q=Hello%20world.&source=en&target=de' }],
    [
      'form that begins with &',
      '/translate',
      { body: '&q=Hello world.&source=en&target=de&api_key=' },
    ],
    ['form and query', '/translate?source=en', { body: 'q=Hello world.&target=de&source=ja' }],
  ])('takes a %s', async (_name, path, { body }: { body?: string }) => {
    const answer = body === undefined ? await send(path) : await form(path, body);
    expect(answer.body).toEqual({ translatedText: 'Hello world.' });
    expect(service.engines.works[0]?.sourceTokenIds[0]).toBe(8001 + 18);
  });

  it('takes multipart forms, and passes over files in them', async () => {
    const body = new FormData();
    for (const [name, value] of Object.entries(HELLO)) body.set(name, value);
    body.set('file', new Blob(['ignored']), 'a.txt');
    expect((await send('/translate', { body })).body).toEqual({ translatedText: 'Hello world.' });
  });

  it('reads line ends of forms as LF, and leaves those of JSON alone', async () => {
    const q = 'One.\r\nTwo.';
    const posted = await form('/translate', new URLSearchParams({ ...HELLO, q }).toString());
    expect(posted.body).toEqual({ translatedText: 'One.\nTwo.' });
    expect((await json('/translate', { ...HELLO, q })).body).toEqual({ translatedText: q });
  });

  it('takes codes in any case, with regions, and its own for Portuguese and Chinese', async () => {
    for (const [source, target] of [
      ['EN', 'De'],
      ['en-GB', 'de_AT'],
    ])
      expect((await json('/translate', { ...HELLO, source, target })).status).toBe(200);
    const { body } = await json('/translate', { ...HELLO, target: 'pb' });
    // Known, and not served by the demo model.
    expect(body).toMatchObject({ error: 'pb is not supported' });
  });

  it('says which language it found where the source is auto, for each text', async () => {
    const q = ['Where is the station? I am looking for it.', 'Wo ist denn der Bahnhof?', '🎉 '];
    const { body } = await json('/translate', { q, source: 'auto', target: 'ja' });
    const { detectedLanguage } = body as {
      detectedLanguage: { language: string; confidence: number }[];
    };
    expect(detectedLanguage.map(({ language }) => language)).toEqual(['en', 'de', 'en']);
    expect(detectedLanguage[0]?.confidence).toBeGreaterThan(10);
    expect(detectedLanguage[0]?.confidence).toBeLessThanOrEqual(100);
    expect(detectedLanguage[2]?.confidence).toBe(0);
    const one = await json('/translate', { q: q[1], source: 'AUTO', target: 'ja' });
    expect(one.body).toMatchObject({ detectedLanguage: { language: 'de' } });
  });

  it('leaves a text alone that is in the target language', async () => {
    const { body } = await json('/translate', { ...HELLO, target: 'en' });
    expect(body).toEqual({ translatedText: 'Hello world.' });
    expect(service.engines.works).toEqual([]);
  });

  it('gives other translations: fewer where the search found equal ones', async () => {
    service.engines.script = (work) => echo(work);
    service.engines.hypotheses = (best) => [
      best,
      best,
      { ...best, tokenIds: best.tokenIds.slice(0, 2) },
    ];
    const { body } = await json('/translate', { ...HELLO, alternatives: 2 });
    expect(body).toEqual({ translatedText: 'Hello world.', alternatives: ['He'] });
    expect(service.engines.works[0]?.options).toMatchObject({ beamSize: 5, numHypotheses: 3 });
    const list = await json('/translate', { ...HELLO, q: ['One.', ''], alternatives: 7 });
    expect(list.body).toMatchObject({ alternatives: [[expect.any(String)], []] });
    expect(service.engines.works[1]?.options).toMatchObject({ beamSize: 8, numHypotheses: 8 });
  });

  it('counts as a translation in metrics and log', async () => {
    await json('/translate', { ...HELLO, q: ['One.', 'Two.'] });
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toContain('translation_requests_total{outcome="ok"} 1');
    expect(metrics).toContain('translation_request_records_sum 2');
    expect(service.logLines).toContainEqual(
      expect.objectContaining({ route: '/translate', records: 2, msg: 'request done' }),
    );
  });
});

describe('a request that is refused', () => {
  const long = 'x'.repeat(10_001);
  it.each<[string, unknown, number, string]>([
    ['no q', { source: 'en', target: 'de' }, 400, 'Invalid request: missing q parameter'],
    ['an empty q', { ...HELLO, q: '' }, 400, 'Invalid request: missing q parameter'],
    ['an empty list', { ...HELLO, q: [] }, 400, 'Invalid request: missing q parameter'],
    [
      'no source',
      { ...HELLO, source: undefined },
      400,
      'Invalid request: missing source parameter',
    ],
    ['an empty target', { ...HELLO, target: '' }, 400, 'Invalid request: missing target parameter'],
    [
      'a q that is a number',
      { ...HELLO, q: 5 },
      400,
      'Invalid request: q parameter is not a string',
    ],
    [
      'a number in the list',
      { ...HELLO, q: ['a', 5] },
      400,
      'Invalid request: q parameter holds something that is not a string',
    ],
    ['a list', [HELLO], 400, 'Invalid JSON format'],
    ['a string', '"q"', 400, 'Invalid JSON format'],
    ['an unknown source', { ...HELLO, source: 'zz' }, 400, 'zz is not supported'],
    ['an unknown target', { ...HELLO, target: 'auto' }, 400, 'auto is not supported'],
    ['an unknown format', { ...HELLO, format: 'xyz' }, 400, 'xyz format is not supported'],
    [
      'alternatives in words',
      { ...HELLO, alternatives: 'two' },
      400,
      'Invalid request: alternatives parameter is not a number',
    ],
    [
      'too many alternatives',
      { ...HELLO, alternatives: 10 },
      400,
      'Invalid request: alternatives parameter must be <= 9',
    ],
    [
      'a long text',
      { ...HELLO, q: ['a', long] },
      400,
      'Invalid request: request (10001) exceeds text limit (10000)',
    ],
    [
      'a long list',
      { ...HELLO, q: Array.from({ length: 1001 }, () => 'a') },
      400,
      'Invalid request: request (1001) exceeds text limit (1000)',
    ],
  ])('gets a sentence in error for %s', async (_name, body, status, error) => {
    const answer = await json('/translate', body);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ error, code: expect.stringMatching(/^[a-z-]+$/) as string });
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(service.engines.works).toEqual([]);
  });

  it.each<[string, RequestInit, number, string]>([
    [
      'broken JSON',
      { headers: { 'content-type': 'application/json' }, body: '{' },
      400,
      'malformed-json',
    ],
    [
      'an empty JSON body',
      { headers: { 'content-type': 'application/json' } },
      400,
      'missing-body',
    ],
    [
      'another media type',
      { headers: { 'content-type': 'text/plain' }, body: 'q=a' },
      400,
      'unsupported-media-type',
    ],
    [
      'a body over the limit',
      { headers: { 'content-type': 'application/json' }, body: `"${'x'.repeat(2 ** 21)}"` },
      400,
      'body-too-large',
    ],
    [
      'a multipart form without a boundary',
      { headers: { 'content-type': 'multipart/form-data' }, body: 'a' },
      400,
      'malformed-request',
    ],
    [
      'a multipart form that was cut',
      {
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
        body: '--x\r\nContent-Disposition: form-data; name="q"\r\n\r\nHel',
      },
      400,
      'malformed-request',
    ],
    [
      'a form of 20,001 fields',
      {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'q=a&'.repeat(20_001),
      },
      400,
      'malformed-request',
    ],
    ['another method', { method: 'GET' }, 405, 'method-not-allowed'],
  ])('has the same form for %s', async (_name, init, status, code) => {
    const answer = await send('/translate', init);
    expect([answer.status, answer.body]).toEqual([
      status,
      { error: expect.stringMatching(/./) as string, code },
    ]);
  });

  it('is refused with 503 and Retry-After, or 504, in the same form', async () => {
    service.engines.state = 'starting';
    const early = await json('/translate', HELLO);
    service.engines.state = 'ready';
    expect(early.status).toBe(503);
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(early.body).toEqual({ error: expect.any(String) as string, code: 'engine-unavailable' });
    service.engines.script = () => 'never';
    const late = await json('/translate', HELLO, { 'x-request-timeout-ms': '200' });
    expect([late.status, late.body]).toEqual([
      504,
      { error: expect.any(String) as string, code: 'deadline-exceeded' },
    ]);
    service.engines.script = () => new TranslationError('engine-failed', 'It crashed twice.');
    expect((await json('/translate', HELLO)).status).toBe(500);
  });
});

describe('POST /detect', () => {
  it('answers with a bare list, best first, three at most', async () => {
    for (const answer of [
      await json('/detect', { q: 'Wo ist denn der Bahnhof?' }),
      await form('/detect', '&q=Wo+ist+denn+der+Bahnhof?'),
    ]) {
      expect(answer.status).toBe(200);
      const list = answer.body as { language: string; confidence: number }[];
      expect(list[0]?.language).toBe('de');
      expect(list.length).toBeLessThanOrEqual(3);
      expect(list.map(({ confidence }) => confidence)).toEqual(
        list.map(({ confidence }) => confidence).sort((one, other) => other - one),
      );
    }
  });

  it('averages over a list', async () => {
    const q = ['Wo ist der Bahnhof?', 'Das ist ein Haus.', 'Where is the station?'];
    const { body } = await json('/detect', { q });
    expect(body).toMatchObject([{ language: 'de' }, { language: 'en' }]);
  });

  it('answers English with a confidence of 0 where there is nothing to read', async () => {
    expect((await json('/detect', { q: '123 🎉' })).body).toEqual([
      { confidence: 0, language: 'en' },
    ]);
  });

  it('wants a text', async () => {
    expect((await json('/detect', {})).body).toMatchObject({
      error: 'Invalid request: missing q parameter',
    });
  });
});

describe('what is beside it', () => {
  it('GET /frontend/settings says what the server can do', async () => {
    const { body } = await send('/frontend/settings', { method: 'GET' });
    expect(body).toEqual({
      charLimit: 10_000,
      frontendTimeout: 500,
      apiKeys: false,
      keyRequired: false,
      suggestions: false,
      filesTranslation: false,
      supportedFilesFormat: [],
      language: {
        source: { code: 'auto', name: 'Auto Detect' },
        target: { code: 'en', name: 'English' },
      },
    });
  });

  it('GET /languages minds no body', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status } = await exchange('GET', '/languages', headers, 'api_key=x');
    expect(status).toBe(200);
  });

  it('POST /languages is for older clients', async () => {
    const { body } = await form('/languages', '');
    expect(body).toEqual(await (await fetch(`${service.url}/languages`)).json());
  });

  it('GET /health says ok', async () => {
    expect((await send('/health', { method: 'GET' })).body).toMatchObject({ status: 'ok' });
  });

  it.each([
    ['/suggest', 'Suggestions are disabled on this server.'],
    ['/translate_file', 'Files translation are disabled on this server.'],
    ['/download_file/a.txt', 'Files translation are disabled on this server.'],
    ['/spec', 'There is no Swagger 2.0 here. /openapi.json describes this server in OpenAPI 3.'],
  ])('%s is refused with 403, whatever is sent', async (path, error) => {
    const part = 'Content-Disposition: form-data; name="file"; filename="a.txt"';
    const body = `--x\r\n${part}\r\n\r\n${'x'.repeat(3_000_000)}\r\n--x--\r\n`;
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const answer = await exchange('POST', path, headers, body);
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toEqual({ error, code: 'not-offered' });
  });

  it.each(['/translate', '/detect', '/languages', '/frontend/settings', '/health'])(
    '%s is open to pages of any origin',
    async (path) => {
      const preflight = await fetch(service.url + path, {
        method: 'OPTIONS',
        headers: {
          origin: 'https://example.org',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        },
      });
      expect(preflight.status).toBe(204);
      const answer = await fetch(service.url + path, {
        method: path === '/translate' || path === '/detect' ? 'POST' : 'GET',
      });
      for (const { headers } of [preflight, answer]) {
        expect(headers.get('access-control-allow-origin')).toBe('*');
        expect(headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type');
        expect(headers.get('access-control-allow-methods')).toBe('GET, POST');
        expect(headers.get('access-control-max-age')).toBe('1728000');
      }
    },
  );

  it('leaves other routes closed to pages', async () => {
    const answer = await fetch(`${service.url}/livez`);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('API_KEYS', () => {
  beforeEach(() => restart({ API_KEYS: `shop:${KEY}` }));

  it('are sent as api_key, in the body or the query', async () => {
    expect((await json('/translate', { ...HELLO, api_key: KEY })).status).toBe(200);
    const fields = new URLSearchParams(HELLO).toString();
    expect((await form('/translate', `&${fields}&api_key=${KEY}`)).status).toBe(200);
    expect((await send(`/translate?${fields}&api_key=${KEY}`)).status).toBe(200);
    expect((await json('/detect', { q: 'Hello', api_key: KEY })).status).toBe(200);
    expect(service.logLines.some(({ caller }) => caller === 'shop')).toBe(true);
    expect(JSON.stringify(service.logLines)).not.toContain(KEY);
  });

  it.each([undefined, null, ''])('get 400 where api_key is %j', async (api_key) => {
    const answer = await json('/translate', { ...HELLO, api_key });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      error: 'Please contact the server operator to get an API key',
    });
  });

  it('get 403 where nobody has the key', async () => {
    for (const path of ['/translate', '/detect'])
      expect(await json(path, { ...HELLO, api_key: `${KEY}x` })).toMatchObject({
        status: 403,
        body: { error: 'Invalid API key', code: 'unauthorized' },
      });
    expect(service.engines.works).toEqual([]);
  });

  it('show in the settings, and nothing else asks for one', async () => {
    expect((await send('/frontend/settings', { method: 'GET' })).body).toMatchObject({
      apiKeys: true,
      keyRequired: true,
    });
    expect((await fetch(`${service.url}/languages`)).status).toBe(200);
  });

  it('of a caller over its share get 429 with Retry-After', async () => {
    await restart({ API_KEYS: `shop:${KEY},blog:${KEY}x`, MAX_QUEUE_TOKENS: '20' });
    service.engines.room = 0;
    const first = json('/translate', { ...HELLO, api_key: KEY });
    const refused = await json('/translate', { ...HELLO, q: 'A text. '.repeat(9), api_key: KEY });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.body).toMatchObject({ code: 'over-share' });
    service.engines.makeRoom(10);
    expect((await first).status).toBe(200);
  });
});

describe('DIALECTS', () => {
  it('without it leave nothing of it', async () => {
    await restart({ DIALECTS: 'none' });
    for (const path of ['/translate', '/detect', '/suggest'])
      expect(await json(path, HELLO)).toMatchObject({
        status: 404,
        body: { type: 'urn:babelserve:error:not-found' },
      });
    expect(
      (await fetch(`${service.url}/languages`)).headers.get('access-control-allow-origin'),
    ).toBeNull();
  });
});
