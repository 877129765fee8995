import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TranslationError } from '#libs/domain';
import { fetchJson, type JsonAnswer, postJson } from '../../../../../test/support/json-answer.js';
import {
  DEMO_MANIFEST,
  type ScriptedService,
  startScriptedService,
} from '../../../../../test/support/scripted-service.js';

const KEY = 'shop-0123456789abcdef';
const HELLO = { text: ['Hello world.'], source_lang: 'EN', target_lang: 'DE' };

let service: ScriptedService;
beforeEach(async () => {
  service = await startScriptedService();
});
afterEach(() => service.close());

async function restart(env: Record<string, string>): Promise<void> {
  await service.close();
  service = await startScriptedService(env);
}

function send(path: string, init: RequestInit = {}): Promise<JsonAnswer> {
  return fetchJson(service.url + path, init);
}

function translate(body: unknown, headers: Record<string, string> = {}): Promise<JsonAnswer> {
  return postJson(`${service.url}/v2/translate`, body, headers);
}

function translateForm(body: string): Promise<JsonAnswer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return send('/v2/translate', { method: 'POST', headers, body });
}

describe('POST /v2/translate', () => {
  it('answers each text with its translation, in order, and names the source', async () => {
    const answer = await translate({ ...HELLO, text: ['One.', '', 'Two.'] });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      translations: ['One.', '', 'Two.'].map((text) => ({ detected_source_language: 'EN', text })),
    });
    expect(answer.headers.get('x-trace-id')).toBe(answer.headers.get('x-request-id'));
  });

  it('takes forms with repeated texts, and one text as it is', async () => {
    const { body } = await translateForm('text=One.&text=Two.&source_lang=en&target_lang=de');
    expect(body).toMatchObject({ translations: [{ text: 'One.' }, { text: 'Two.' }] });
    expect((await translate({ ...HELLO, text: 'One.' })).body).toMatchObject({
      translations: [{ text: 'One.' }],
    });
    const query = new URLSearchParams({ ...HELLO, text: 'One.' }).toString();
    expect((await send(`/v2/translate?${query}`, { method: 'POST' })).body).toMatchObject({
      translations: [{ text: 'One.' }],
    });
  });

  it('detects the source of each text where there is none', async () => {
    const text = ['Where is the train station?', 'Wo ist denn der Bahnhof?', '42'];
    for (const source_lang of [undefined, null, '']) {
      const { body } = await translate({ text, target_lang: 'JA', source_lang });
      expect(body).toMatchObject({
        translations: [
          { detected_source_language: 'EN' },
          { detected_source_language: 'DE' },
          { detected_source_language: 'EN', text: '42' },
        ],
      });
    }
  });

  it('maps regions, in any case, and repeats the source as it was sent', async () => {
    const { body } = await translate({ ...HELLO, source_lang: 'en-us', target_lang: 'de-AT' });
    expect(body).toMatchObject({ translations: [{ detected_source_language: 'EN-US' }] });
    expect(service.engines.works[0]?.sourceTokenIds[0]).toBe(8001 + 18);
    expect((await translate({ ...HELLO, target_lang: 'EN-GB' })).body).toMatchObject({
      translations: [{ text: 'Hello world.' }],
    });
  });

  const TEXT = ' One line\nand one.\n\nTwo. Three. ';
  it.each([
    [undefined, 4, TEXT],
    ['1', 4, TEXT],
    ['0', 1, ' One line and one. Two. Three. '],
    ['nonewlines', 3, ' One line and one.\n\nTwo. Three. '],
  ])('splits sentences as split_sentences %j says', async (split_sentences, segments, text) => {
    const { body } = await translate({ ...HELLO, text: [TEXT], split_sentences });
    expect(service.engines.works).toHaveLength(segments);
    expect(body).toMatchObject({ translations: [{ text }] });
  });

  it('counts billed characters where they are asked for', async () => {
    const text = ['Hi 🎉.'];
    for (const show_billed_characters of [true, 1, '1', 'true'])
      expect((await translate({ ...HELLO, text, show_billed_characters })).body).toMatchObject({
        translations: [{ billed_characters: 5 }],
      });
    const form = await translateForm(
      'text=Hi&target_lang=DE&source_lang=EN&show_billed_characters=1',
    );
    expect(form.body).toMatchObject({ translations: [{ billed_characters: 2 }] });
    const { body } = await translate({ ...HELLO, show_billed_characters: false });
    expect(JSON.stringify(body)).not.toContain('billed');
  });

  it.each([
    ['quality_optimized', 5, 'quality_optimized'],
    ['prefer_quality_optimized', 5, 'quality_optimized'],
    ['latency_optimized', 1, 'latency_optimized'],
  ])('searches for %s with %i beams', async (model_type, beams, model_type_used) => {
    const { body } = await translate({ ...HELLO, model_type });
    expect(service.engines.works[0]?.options.beamSize).toBe(beams);
    expect(body).toMatchObject({ translations: [{ model_type_used }] });
  });

  it('takes what changes nothing', async () => {
    const { status, body } = await translate({
      ...HELLO,
      context: 'Greetings.',
      preserve_formatting: true,
      formality: 'prefer_more',
      style_id: 'x',
      translation_memory_id: 'x',
      translation_memory_threshold: 80,
      custom_instructions: ['Be kind.'],
      enable_beta_languages: true,
      tag_handling: '',
      tag_handling_version: 'v2',
      ignore_tags: ['x'],
      splitting_tags: ['p'],
      non_splitting_tags: ['b'],
      outline_detection: false,
      glossary_id: '',
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      translations: [{ detected_source_language: 'EN', text: 'Hello world.' }],
    });
  });
});

describe('a request that is refused', () => {
  it.each<[string, unknown, number, string, string]>([
    [
      'no text',
      { ...HELLO, text: undefined },
      400,
      "Parameter 'text' not specified.",
      'invalid-request',
    ],
    ['no texts', { ...HELLO, text: [] }, 400, "Parameter 'text' not specified.", 'invalid-request'],
    [
      'a number for a text',
      { ...HELLO, text: [5] },
      400,
      "Parameter 'text' has to be a list of strings.",
      'invalid-request',
    ],
    [
      'no target',
      { text: ['a'] },
      400,
      "Parameter 'target_lang' not specified.",
      'invalid-request',
    ],
    [
      'an unknown target',
      { ...HELLO, target_lang: 'XX' },
      400,
      "Value for 'target_lang' not supported: XX.",
      'unsupported-language',
    ],
    [
      'an unknown source',
      { ...HELLO, source_lang: 'FR' },
      400,
      "Value for 'source_lang' not supported: FR.",
      'unsupported-language',
    ],
    [
      'tags of another kind',
      { ...HELLO, tag_handling: 'markdown' },
      400,
      "Value for 'tag_handling' not supported: markdown.",
      'invalid-request',
    ],
    [
      'formality',
      { ...HELLO, formality: 'more' },
      400,
      "'formality' is not supported for given 'target_lang'.",
      'invalid-request',
    ],
    [
      'an unknown formality',
      { ...HELLO, formality: 'rude' },
      400,
      "Value for 'formality' not supported.",
      'invalid-request',
    ],
    [
      'an unknown splitting',
      { ...HELLO, split_sentences: '2' },
      400,
      "Value for 'split_sentences' not supported.",
      'invalid-request',
    ],
    [
      'an unknown model',
      { ...HELLO, model_type: 'x' },
      400,
      "Value for 'model_type' not supported.",
      'invalid-request',
    ],
    [
      'a flag in words',
      { ...HELLO, show_billed_characters: 'yes' },
      400,
      "Value for 'show_billed_characters' not supported.",
      'invalid-request',
    ],
    [
      'a glossary',
      { ...HELLO, glossary_id: 'g' },
      404,
      'Glossary not found. This server has none.',
      'not-found',
    ],
    [
      'several glossaries',
      { ...HELLO, glossary_ids: ['g'] },
      404,
      'Glossary not found. This server has none.',
      'not-found',
    ],
    [
      'a glossary without a source',
      { text: ['a'], target_lang: 'DE', glossary_id: 'g' },
      400,
      "Use of a glossary requires the 'source_lang' parameter to be specified.",
      'invalid-request',
    ],
    [
      'a long text',
      { ...HELLO, text: ['x'.repeat(10_001)] },
      413,
      'A text has 10001 UTF-16 units; 10000 are allowed.',
      'text-too-long',
    ],
    [
      'many texts',
      { ...HELLO, text: Array.from({ length: 1001 }, () => 'a') },
      413,
      'The request has 1001 texts; 1000 are allowed.',
      'too-many-records',
    ],
    ['a list for a body', [], 400, 'Invalid JSON format', 'invalid-request'],
  ])('gets a message for %s', async (_name, body, status, message, code) => {
    const answer = await translate(body);
    expect([answer.status, answer.body]).toEqual([status, { message, code }]);
    expect(answer.headers.get('x-trace-id')).toMatch(/./);
    expect(service.engines.works).toEqual([]);
  });

  it.each<[string, string, RequestInit, number]>([
    [
      'broken JSON',
      '/v2/translate',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' },
      400,
    ],
    ['another media type', '/v2/translate', { method: 'POST', body: 'text=a' }, 400],
    [
      'a large body',
      '/v2/translate',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `"${'x'.repeat(2 ** 21)}"`,
      },
      413,
    ],
    ['another method', '/v2/translate', {}, 405],
    ['an address that is not there', '/v2/nothing', {}, 404],
    ['documents', '/v2/document', { method: 'POST' }, 404],
    ['the result of a document', '/v2/document/1/result', { method: 'POST' }, 404],
    ['rephrasing', '/v2/write/rephrase', { method: 'POST' }, 404],
    ['a glossary', '/v2/glossaries/1', {}, 404],
    ['version 3', '/v3/glossaries', {}, 404],
    ['an unknown type', '/v2/languages?type=both', {}, 400],
  ])('has the same form for %s', async (_name, path, init, status) => {
    const answer = await send(path, init);
    expect([answer.status, answer.body]).toEqual([
      status,
      { message: expect.stringMatching(/./) as string, code: expect.stringMatching(/./) as string },
    ]);
    expect(answer.headers.get('x-trace-id')).toMatch(/./);
  });

  it('is refused with 503 and Retry-After, 504 or 500 in the same form', async () => {
    service.engines.state = 'starting';
    const early = await translate(HELLO);
    service.engines.state = 'ready';
    expect(early.status).toBe(503);
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(early.body).toMatchObject({ message: expect.any(String) as string });
    service.engines.script = () => 'never';
    const late = await translate(HELLO, { 'x-request-timeout-ms': '200' });
    expect(late).toMatchObject({ status: 504, body: { code: 'deadline-exceeded' } });
    service.engines.script = () => new TranslationError('engine-failed', 'It crashed twice.');
    expect(await translate(HELLO)).toMatchObject({ status: 500, body: { code: 'engine-failed' } });
  });
});

/** As DeepL's client for Python does; fetch has no body for a GET. */
async function getWithForm(url: string, form: string): Promise<string> {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(form),
  };
  const sent = request(url, { method: 'GET', headers }).end(form);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return text(answer);
}

describe('what is beside it', () => {
  it('GET /v2/languages lists sources, and targets with their variants', async () => {
    const sources = [
      { language: 'DE', name: 'German' },
      { language: 'EN', name: 'English' },
      { language: 'JA', name: 'Japanese' },
    ];
    expect((await send('/v2/languages')).body).toEqual(sources);
    expect((await send('/v2/languages?type=source')).body).toEqual(sources);
    const { body } = await send('/v2/languages?type=target');
    expect((body as { language: string }[]).map(({ language }) => language)).toEqual([
      'DE',
      'EN-GB',
      'EN-US',
      'JA',
    ]);
    expect(body).toMatchObject([{ supports_formality: false }, {}, {}, {}]);
  });

  it.each([
    ['type=target', 'EN-GB'],
    ['type=source', 'EN'],
    ['', 'EN'],
    [`type=target&x=${'x'.repeat(1000)}`, 'EN'],
  ])('GET /v2/languages takes its type from a form that comes along: %.20s', async (form, code) => {
    const listed = await getWithForm(`${service.url}/v2/languages`, form);
    expect((JSON.parse(listed) as { language: string }[])[1]?.language).toBe(code);
  });

  it('lists targets that it takes, for all languages of the family', async () => {
    await service.close();
    const languages = ['en', 'no', 'pt', 'zh'];
    service = await startScriptedService({}, { ...DEMO_MANIFEST, languages });
    const { body } = await send('/v2/languages?type=target');
    const codes = (body as { language: string }[]).map(({ language }) => language);
    expect(codes).toEqual(['EN-GB', 'EN-US', 'NB', 'PT-BR', 'PT-PT', 'ZH', 'ZH-HANS']);
    for (const target_lang of codes)
      expect((await translate({ ...HELLO, target_lang, text: [''] })).status).toBe(200);
  });

  it('GET /v2/usage counts what was translated', async () => {
    await translate({ ...HELLO, text: ['Hi 🎉.', 'One.'] });
    await translate({ ...HELLO, target_lang: 'XX' });
    expect((await send('/v2/usage')).body).toEqual({
      character_count: 9,
      character_limit: 1_000_000_000_000,
    });
  });

  it('has no glossaries', async () => {
    expect((await send('/v2/glossary-language-pairs')).body).toEqual({ supported_languages: [] });
    expect((await send('/v2/glossaries')).body).toEqual({ glossaries: [] });
  });
});

describe('API_KEYS', () => {
  beforeEach(() => restart({ API_KEYS: `shop:${KEY},blog:${KEY}x` }));

  it('are sent as DeepL-Auth-Key, or as auth_key by older clients', async () => {
    expect((await translate(HELLO, { authorization: `DeepL-Auth-Key ${KEY}` })).status).toBe(200);
    expect((await translate({ ...HELLO, auth_key: KEY })).status).toBe(200);
    const form = new URLSearchParams({ ...HELLO, text: 'a', auth_key: KEY }).toString();
    expect((await translateForm(form)).status).toBe(200);
    for (const path of ['/v2/languages', '/v2/usage', '/v2/glossary-language-pairs']) {
      const headers = { authorization: `DeepL-Auth-Key ${KEY}` };
      expect((await send(path, { headers })).status).toBe(200);
      expect((await send(path)).status).toBe(403);
    }
  });

  it.each([undefined, `DeepL-Auth-Key ${KEY}y`, 'DeepL-Auth-Key'])(
    'get 403 for %j',
    async (authorization) => {
      const answer = await translate(HELLO, authorization === undefined ? {} : { authorization });
      expect(answer).toMatchObject({ status: 403, body: { code: 'unauthorized' } });
      expect(service.engines.works).toEqual([]);
    },
  );

  it('tell the usage of callers apart', async () => {
    await translate(HELLO, { authorization: `DeepL-Auth-Key ${KEY}` });
    const usageOf = async (key: string): Promise<unknown> =>
      (await send('/v2/usage', { headers: { authorization: `DeepL-Auth-Key ${key}` } })).body;
    expect(await usageOf(KEY)).toMatchObject({ character_count: 12 });
    expect(await usageOf(`${KEY}x`)).toMatchObject({ character_count: 0 });
  });

  it('of a caller over its share get 429 with Retry-After', async () => {
    await restart({ API_KEYS: `shop:${KEY},blog:${KEY}x`, MAX_QUEUE_TOKENS: '20' });
    service.engines.room = 0;
    const headers = { authorization: `DeepL-Auth-Key ${KEY}` };
    const first = translate(HELLO, headers);
    const refused = await translate({ ...HELLO, text: ['A text. '.repeat(9)] }, headers);
    expect(refused).toMatchObject({ status: 429, body: { code: 'over-share' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    service.engines.makeRoom(10);
    expect((await first).status).toBe(200);
  });
});

describe('DIALECTS', () => {
  it('without it leave nothing of it', async () => {
    await restart({ DIALECTS: 'libretranslate' });
    const answer = await translate(HELLO);
    expect(answer).toMatchObject({ status: 404, body: { type: 'urn:babelserve:error:not-found' } });
    expect(answer.headers.get('x-trace-id')).toBeNull();
  });
});
