import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBusyService } from '../support/busy-service.js';
import { fetchJson, type JsonAnswer, postJson } from '../support/json-answer.js';
import { RunningService } from '../support/service.js';

const KEY = 'shop-0123456789abcdef';
const HELLO = { q: 'Where is the station?', source: 'en', target: 'de' };
const STATION = expect.stringMatching(/Bahnhof/) as string;
const SENTENCE = expect.stringMatching(/^\S.*\S$/) as string;

let open: RunningService;
let keyed: RunningService;
beforeAll(async () => {
  [open, keyed] = await Promise.all([
    RunningService.start({ MAX_TEXT_CHARS: '200', MAX_RECORDS: '4' }),
    RunningService.start({ API_KEYS: `shop:${KEY}` }),
  ]);
});
afterAll(() => Promise.all([open.stop(), keyed.stop()]));

function translate(fields: object, service = open): Promise<JsonAnswer> {
  return postJson(`${service.url}/translate`, { ...HELLO, ...fields });
}

const ENCODINGS = {
  query: (fields: Record<string, string>) => sendForm(new URLSearchParams(fields)),
  form: (fields: Record<string, string>) => sendForm(undefined, new URLSearchParams(fields)),
  multipart: (fields: Record<string, string>) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    return sendForm(undefined, form);
  },
  both: ({ q = '', ...others }: Record<string, string>) =>
    sendForm(new URLSearchParams(others), new URLSearchParams({ q })),
};

function sendForm(query?: URLSearchParams, body?: URLSearchParams | FormData): Promise<JsonAnswer> {
  const address = `${open.url}/translate?${query?.toString() ?? ''}`;
  return fetchJson(address, { method: 'POST', ...(body === undefined ? {} : { body }) });
}

/** LibreTranslate 1.9.6, field by field: each does what it says, or is refused by its name. */
describe('a field of POST /translate', () => {
  it.each<[string, object, unknown]>([
    ['q, a string', {}, { translatedText: STATION }],
    ['q, a list', { q: [HELLO.q, ''] }, { translatedText: [STATION, ''] }],
    ['q, nothing but an emoji', { q: '🎉 ' }, { translatedText: '🎉 ' }],
    ['source and target, in any case', { source: 'EN', target: 'De' }, { translatedText: STATION }],
    ['source and target, the same', { source: 'de', q: 'Ja.' }, { translatedText: 'Ja.' }],
    [
      'source, auto',
      { source: 'auto' },
      {
        translatedText: STATION,
        detectedLanguage: { language: 'en', confidence: expect.any(Number) as number },
      },
    ],
    [
      'source, auto, for a list',
      { source: 'auto', q: [HELLO.q, '🎉'] },
      {
        translatedText: [STATION, '🎉'],
        detectedLanguage: [
          { language: 'en', confidence: expect.any(Number) as number },
          { language: 'en', confidence: 0 },
        ],
      },
    ],
    ['format, text', { format: 'text' }, { translatedText: STATION }],
    [
      'format, html',
      { q: `<p>${HELLO.q}</p>`, format: 'html' },
      { translatedText: '<p>Wo ist der Bahnhof?</p>' },
    ],
    ['alternatives, 0', { alternatives: 0 }, { translatedText: STATION }],
    [
      'alternatives, 2',
      { alternatives: 2 },
      { translatedText: STATION, alternatives: [SENTENCE, SENTENCE] },
    ],
    [
      'alternatives, for a list',
      { alternatives: 1, q: [HELLO.q] },
      { translatedText: [STATION], alternatives: [[SENTENCE]] },
    ],
    ['api_key, null', { api_key: null }, { translatedText: STATION }],
    ['api_key, empty', { api_key: '' }, { translatedText: STATION }],
    ['secret', { secret: 'x' }, { translatedText: STATION }],
  ])('is honoured: %s', async (_field, fields, body) => {
    expect(await translate(fields)).toMatchObject({ status: 200, body });
    expect((await translate(fields)).body).toEqual(body);
  });

  it.each(['query', 'form', 'multipart', 'both'] as const)(
    'may come in the query or a form: %s',
    async (encoding) => {
      const fields = { ...HELLO, alternatives: '1', api_key: '' };
      const { body, status } = await ENCODINGS[encoding](fields);
      expect(status).toBe(200);
      expect(body).toEqual({ translatedText: STATION, alternatives: [SENTENCE] });
    },
  );
});

describe('a status of POST /translate', () => {
  it.each<[number, object | string, string | RegExp]>([
    [400, { q: '' }, 'Invalid request: missing q parameter'],
    [400, { q: [] }, 'Invalid request: missing q parameter'],
    [400, { source: '' }, 'Invalid request: missing source parameter'],
    [400, { target: null }, 'Invalid request: missing target parameter'],
    [400, { source: 'zz' }, 'zz is not supported'],
    [400, { target: 'fr' }, 'fr is not supported'],
    [400, { format: 'xyz' }, 'xyz format is not supported'],
    [400, { alternatives: 'two' }, 'Invalid request: alternatives parameter is not a number'],
    [400, { alternatives: -1 }, 'Invalid request: alternatives parameter is not a number'],
    [400, { alternatives: 10000 }, 'Invalid request: alternatives parameter must be <= 9'],
    [400, { q: 'x'.repeat(201) }, 'Invalid request: request (201) exceeds text limit (200)'],
    [400, { q: Array(5).fill('x') }, 'Invalid request: request (5) exceeds text limit (4)'],
    [400, '[]', 'Invalid JSON format'],
    [400, '{"q":', /JSON/],
  ])('is %d for %j', async (status, fields, error) => {
    const sent =
      typeof fields === 'string' ? postJson(`${open.url}/translate`, fields) : translate(fields);
    expect(await sent).toMatchObject({
      status,
      body: { error: typeof error === 'string' ? error : (expect.stringMatching(error) as string) },
    });
  });

  it('is 400 where a key is wanted, and 403 for a wrong one', async () => {
    expect(await translate({}, keyed)).toMatchObject({
      status: 400,
      body: { error: 'Please contact the server operator to get an API key' },
    });
    expect(await translate({ api_key: 'x' }, keyed)).toMatchObject({
      status: 403,
      body: { error: 'Invalid API key' },
    });
    expect(await translate({ api_key: KEY }, keyed)).toMatchObject({ status: 200 });
  });

  it('is 405 for a GET, there and at /detect', async () => {
    for (const path of ['/translate', '/detect'])
      expect((await fetch(`${open.url}${path}?q=a&source=en&target=de`)).status).toBe(405);
  });

  it('is 504 where the deadline passed', async () => {
    const headers = { 'x-request-timeout-ms': '1' };
    expect(await postJson(`${open.url}/translate`, HELLO, headers)).toMatchObject({
      status: 504,
      body: { error: SENTENCE, code: 'deadline-exceeded' },
    });
  });

  describe('of a busy service', () => {
    it.each([
      ['full', 503],
      ['over-share', 429],
    ] as const)('that is %s is %d, with Retry-After', async (why, status) => {
      const busy = await startBusyService(why);
      try {
        const answer = await postJson(`${busy.url}/translate`, { ...HELLO, api_key: busy.key });
        expect(answer).toMatchObject({ status, body: { error: SENTENCE } });
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      } finally {
        await busy.stop();
      }
    });
  });
});

describe('what is beside it', () => {
  it('POST /detect gives three languages at most, best first', async () => {
    const { body, status } = await postJson(`${open.url}/detect`, { q: HELLO.q, api_key: null });
    expect(status).toBe(200);
    const found = body as { language: string; confidence: number }[];
    expect(found.length).toBeLessThanOrEqual(3);
    expect(found[0]).toEqual({ language: 'en', confidence: expect.any(Number) as number });
    const confidences = found.map(({ confidence }) => confidence);
    expect(confidences).toEqual(confidences.toSorted((one, other) => other - one));
    expect(Math.max(...confidences)).toBeLessThanOrEqual(100);
    expect((await postJson(`${open.url}/detect`, { q: '?!' })).body).toEqual([
      { language: 'en', confidence: 0 },
    ]);
    expect(await postJson(`${open.url}/detect`, {})).toMatchObject({
      status: 400,
      body: { error: 'Invalid request: missing q parameter' },
    });
  });

  it('GET /languages is a bare list, each among its own targets', async () => {
    const { body, status } = await fetchJson(`${keyed.url}/languages`);
    expect(status).toBe(200);
    for (const language of body as object[])
      expect(language).toMatchObject({
        code: SENTENCE,
        name: SENTENCE,
        targets: ['de', 'en', 'ja'],
      });
  });

  it('GET /frontend/settings has every field', async () => {
    const body = {
      charLimit: 200,
      frontendTimeout: expect.any(Number) as number,
      apiKeys: false,
      keyRequired: false,
      suggestions: false,
      filesTranslation: false,
      supportedFilesFormat: [],
      language: {
        source: { code: 'auto', name: SENTENCE },
        target: { code: 'en', name: 'English' },
      },
    };
    expect((await fetchJson(`${open.url}/frontend/settings`)).body).toEqual(body);
  });

  it('GET /health, /docs and /metrics are there', async () => {
    expect((await fetchJson(`${open.url}/health`)).body).toMatchObject({ status: 'ok' });
    for (const path of ['/docs', '/metrics'])
      expect((await fetch(`${open.url}${path}`)).status).toBe(200);
  });

  it.each([
    ['POST', '/suggest', 'Suggestions are disabled on this server.'],
    ['POST', '/translate_file', 'Files translation are disabled on this server.'],
    ['GET', '/download_file/a.txt', 'Files translation are disabled on this server.'],
    ['GET', '/spec', /openapi\.json/],
  ])('%s %s is refused with 403', async (method, path, error) => {
    expect(await fetchJson(open.url + path, { method })).toMatchObject({
      status: 403,
      body: { error: typeof error === 'string' ? error : (expect.stringMatching(error) as string) },
    });
  });

  it.each(['/translate', '/detect', '/languages', '/frontend/settings', '/suggest'])(
    '%s is open to pages of any origin',
    async (path) => {
      const { headers } = await fetch(open.url + path, { method: 'OPTIONS' });
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type');
      expect(headers.get('access-control-allow-methods')).toBe('GET, POST');
      expect(headers.get('access-control-max-age')).toBe('1728000');
    },
  );
});
