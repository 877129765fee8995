import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBusyService } from '../support/busy-service.js';
import { fetchJson, type JsonAnswer, postJson } from '../support/json-answer.js';
import { RunningService } from '../support/service.js';

const KEY = 'shop-0123456789abcdef';
const HELLO = { text: ['Where is the station?'], target_lang: 'DE' };
const STATION = expect.stringMatching(/Bahnhof/) as string;
const MESSAGE = expect.stringMatching(/^\S.*\S$/) as string;

let open: RunningService;
let keyed: RunningService;
beforeAll(async () => {
  [open, keyed] = await Promise.all([
    RunningService.start({ MAX_TEXT_CHARS: '200', MAX_RECORDS: '4', BODY_LIMIT: '4000' }),
    RunningService.start({ API_KEYS: `shop:${KEY}` }),
  ]);
});
afterAll(() => Promise.all([open.stop(), keyed.stop()]));

function translate(fields: object, headers: Record<string, string> = {}): Promise<JsonAnswer> {
  return postJson(`${open.url}/v2/translate`, { ...HELLO, ...fields }, headers);
}

function translateForm(fields: [string, string][]): Promise<JsonAnswer> {
  const body = new URLSearchParams(fields);
  return fetchJson(`${open.url}/v2/translate`, { method: 'POST', body });
}

function get(path: string, key = KEY): Promise<JsonAnswer> {
  const headers = { authorization: `DeepL-Auth-Key ${key}` };
  return fetchJson(keyed.url + path, { headers });
}

/** DeepL's API, version 2, field by field: each does what it says, or is refused by its name. */
describe('a field of POST /v2/translate', () => {
  const english = { detected_source_language: 'EN', text: STATION };

  it.each<[string, object, object[]]>([
    ['text, a list', { text: [...HELLO.text, ''] }, [english, { text: '' }]],
    ['text, one string', { text: HELLO.text[0] }, [english]],
    ['target_lang, in any case, with a region', { target_lang: 'de-AT' }, [english]],
    ['source_lang, repeated', { source_lang: 'en' }, [english]],
    ['source_lang, empty: detected', { source_lang: '' }, [english]],
    ['context', { context: 'At the railway.' }, [english]],
    ['split_sentences, 0', { split_sentences: '0' }, [english]],
    ['split_sentences, 1', { split_sentences: '1' }, [english]],
    ['split_sentences, nonewlines', { split_sentences: 'nonewlines' }, [english]],
    ['preserve_formatting', { preserve_formatting: true }, [english]],
    ['formality, default', { formality: 'default' }, [english]],
    ['formality, prefer_more', { formality: 'prefer_more' }, [english]],
    ['formality, prefer_less', { formality: 'prefer_less' }, [english]],
    [
      'model_type, quality_optimized',
      { model_type: 'quality_optimized' },
      [{ ...english, model_type_used: 'quality_optimized' }],
    ],
    [
      'model_type, prefer_quality_optimized',
      { model_type: 'prefer_quality_optimized' },
      [{ ...english, model_type_used: 'quality_optimized' }],
    ],
    [
      'model_type, latency_optimized',
      { model_type: 'latency_optimized' },
      [{ ...english, model_type_used: 'latency_optimized' }],
    ],
    [
      'show_billed_characters',
      { show_billed_characters: true },
      [{ ...english, billed_characters: 21 }],
    ],
    ['style_id', { style_id: 'x' }, [english]],
    ['translation_memory_id', { translation_memory_id: 'x' }, [english]],
    ['custom_instructions', { custom_instructions: ['Be brief.'] }, [english]],
    ['enable_beta_languages', { enable_beta_languages: true }, [english]],
    ['splitting_tags without tag_handling', { splitting_tags: ['p'] }, [english]],
  ])('is honoured, or changes nothing: %s', async (_field, fields, translations) => {
    expect(await translate(fields)).toMatchObject({ status: 200, body: { translations } });
  });

  it('says nothing that was not asked for', async () => {
    expect((await translate({})).body).toEqual({ translations: [english] });
  });

  it('split_sentences decides where sentences end', async () => {
    const text = ['I like\ntea.'];
    const lines = await translate({ text, split_sentences: '1' });
    expect(textsOf(lines)[0]).toMatch(/\n/);
    for (const split_sentences of ['0', 'nonewlines'])
      expect(textsOf(await translate({ text, split_sentences }))[0]).not.toMatch(/\n/);
  });

  it('comes in a form: text repeated, true as 1, lists with commas', async () => {
    const { body, status } = await translateForm([
      ['text', HELLO.text[0] ?? ''],
      ['text', 'I like tea.'],
      ['target_lang', 'DE'],
      ['show_billed_characters', '1'],
      ['preserve_formatting', '0'],
      ['ignore_tags', 'x,y'],
    ]);
    expect(status).toBe(200);
    expect(body).toEqual({
      translations: [
        { ...english, billed_characters: 21 },
        {
          detected_source_language: 'EN',
          text: expect.any(String) as string,
          billed_characters: 11,
        },
      ],
    });
  });

  it.each<[string, object, string, string | RegExp]>([
    [
      'tag_handling, html',
      { tag_handling: 'html' },
      '<p>I love you.</p>',
      '<p>Ich liebe dich.</p>',
    ],
    ['tag_handling, xml', { tag_handling: 'XML' }, '<P>I love you.</P>', '<P>Ich liebe dich.</P>'],
    [
      'tag_handling_version, v1',
      { tag_handling: 'xml', tag_handling_version: 'v1' },
      '<a>I love you.</a>',
      '<a>Ich liebe dich.</a>',
    ],
    [
      'tag_handling_version, v2',
      { tag_handling: 'html', tag_handling_version: 'v2' },
      '<b>I love you.</b>',
      '<b>Ich liebe dich.</b>',
    ],
    [
      'ignore_tags',
      { tag_handling: 'xml', ignore_tags: ['x', 'y'] },
      '<p>I love you. <y>I love you.</y></p>',
      '<p>Ich liebe dich. <y>I love you.</y></p>',
    ],
    [
      'ignore_tags, between commas',
      { tag_handling: 'html', ignore_tags: 'X, y' },
      'Where is <x>the house</x>?',
      'Wo ist <x>the house</x>?',
    ],
    [
      'splitting_tags',
      { tag_handling: 'xml', splitting_tags: ['s'] },
      'I love you<s/>Where is the station?',
      /^Ich liebe dich\.?<s\/>Wo ist der Bahnhof\?$/,
    ],
    [
      'non_splitting_tags',
      { tag_handling: 'html', non_splitting_tags: ['p'] },
      'I live in <p>Boston</p>.',
      'Ich lebe in <p>Boston</p>.',
    ],
    [
      'outline_detection, on',
      { tag_handling: 'xml' },
      '<d><t>I love you.</t><t>Where is the station?</t></d>',
      '<d><t>Ich liebe dich.</t><t>Wo ist der Bahnhof?</t></d>',
    ],
    [
      'outline_detection, off',
      { tag_handling: 'xml', outline_detection: false },
      '<d><t>I live in</t> <t>Boston</t>.</d>',
      '<d><t>Ich lebe in</t> <t>Boston</t>.</d>',
    ],
  ])('is honoured: %s', async (_field, fields, text, translation) => {
    const answer = await translate({ ...fields, text: [text] });
    expect(answer.status).toBe(200);
    expect(textsOf(answer)[0]).toEqual(
      typeof translation === 'string' ? translation : expect.stringMatching(translation),
    );
  });

  it('tag_handling_version is repeated', async () => {
    const fields = { tag_handling: 'xml', tag_handling_version: 'v1' };
    expect((await translate(fields)).body).toEqual({
      translations: [{ ...english, tag_handling_version: 'v1' }],
    });
  });

  it('tag_handling decides whether lines of HTML are more than blanks', async () => {
    const fields = { text: ['I like\ntea.'], tag_handling: 'html' };
    expect(textsOf(await translate(fields))[0]).not.toMatch(/\n/);
    const lines = await translate({ ...fields, split_sentences: '1' });
    expect(textsOf(lines)[0]).toMatch(/\n/);
  });
});

describe('a status of POST /v2/translate', () => {
  it.each<[number, string, object]>([
    [400, "Parameter 'text' not specified.", { text: [] }],
    [400, "Parameter 'text' has to be a list of strings.", { text: [7] }],
    [400, "Parameter 'target_lang' not specified.", { target_lang: '' }],
    [400, "Value for 'target_lang' not supported: FR.", { target_lang: 'FR' }],
    [400, "Value for 'source_lang' not supported: XX.", { source_lang: 'XX' }],
    [400, "Value for 'split_sentences' not supported.", { split_sentences: '2' }],
    [400, "'formality' is not supported for given 'target_lang'.", { formality: 'more' }],
    [400, "'formality' is not supported for given 'target_lang'.", { formality: 'less' }],
    [400, "Value for 'formality' not supported.", { formality: 'rude' }],
    [400, "Value for 'model_type' not supported.", { model_type: 'large' }],
    [400, "Value for 'tag_handling' not supported: markdown.", { tag_handling: 'markdown' }],
    [
      400,
      "Value for 'tag_handling_version' not supported.",
      { tag_handling: 'xml', tag_handling_version: 'v3' },
    ],
    [400, "Value for 'ignore_tags' not supported.", { tag_handling: 'xml', ignore_tags: [7] }],
    [
      400,
      "Value for 'outline_detection' not supported.",
      { tag_handling: 'xml', outline_detection: 'perhaps' },
    ],
    [
      400,
      "Use of a glossary requires the 'source_lang' parameter to be specified.",
      { glossary_id: 'x' },
    ],
    [404, 'Glossary not found. This server has none.', { glossary_id: 'x', source_lang: 'EN' }],
    [404, 'Glossary not found. This server has none.', { glossary_ids: ['x'], source_lang: 'EN' }],
  ])('is %d: %s', async (status, message, fields) => {
    expect(await translate(fields)).toMatchObject({ status, body: { message } });
  });

  it.each([
    ['a text', { text: ['x'.repeat(201)] }],
    ['a list', { text: Array(5).fill('x') }],
    ['a body', { context: 'x'.repeat(4000) }],
  ])('is 413 for %s that is too long', async (_what, fields) => {
    expect(await translate(fields)).toMatchObject({ status: 413, body: { message: MESSAGE } });
  });

  it('is 504 where the deadline passed', async () => {
    expect(await translate({}, { 'x-request-timeout-ms': '1' })).toMatchObject({
      status: 504,
      body: { message: MESSAGE, code: 'deadline-exceeded' },
    });
  });

  describe('of a busy service', () => {
    it.each([
      ['full', 503],
      ['over-share', 429],
    ] as const)('that is %s is %d, with Retry-After', async (why, status) => {
      const busy = await startBusyService(why);
      try {
        const headers = { authorization: `DeepL-Auth-Key ${busy.key}` };
        const answer = await postJson(`${busy.url}/v2/translate`, HELLO, headers);
        expect(answer).toMatchObject({ status, body: { message: MESSAGE } });
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      } finally {
        await busy.stop();
      }
    });
  });

  it('comes with X-Trace-ID, errors too', async () => {
    for (const fields of [{}, { text: [] }]) {
      const { headers } = await translate(fields, { 'x-request-id': 'trace-1' });
      expect(headers.get('x-trace-id')).toBe('trace-1');
    }
  });
});

describe('what is beside it', () => {
  it('wants the key everywhere', async () => {
    for (const path of ['/v2/languages', '/v2/usage', '/v2/glossary-language-pairs'])
      expect(await get(path, 'x')).toMatchObject({ status: 403, body: { message: MESSAGE } });
  });

  it('lists sources, and targets with their variants', async () => {
    const codes = async (query: string): Promise<string[]> =>
      ((await get(`/v2/languages${query}`)).body as { language: string }[]).map(
        ({ language }) => language,
      );
    expect(await codes('')).toEqual(['DE', 'EN', 'JA']);
    expect(await codes('?type=source')).toEqual(['DE', 'EN', 'JA']);
    expect(await codes('?type=target')).toEqual(['DE', 'EN-GB', 'EN-US', 'JA']);
    expect(await get('/v2/languages?type=x')).toMatchObject({ status: 400 });
  });

  it('counts usage, and has no glossaries', async () => {
    expect((await get('/v2/usage')).body).toEqual({
      character_count: 0,
      character_limit: expect.any(Number) as number,
    });
    expect((await get('/v2/glossary-language-pairs')).body).toEqual({ supported_languages: [] });
  });

  it.each([
    ['POST', '/v2/document'],
    ['POST', '/v2/document/1'],
    ['POST', '/v2/document/1/result'],
    ['GET', '/v2/glossaries/1'],
    ['GET', '/v3/glossaries'],
    ['GET', '/v2/nothing'],
  ])('%s %s is 404 with a message', async (method, path) => {
    expect(await fetchJson(open.url + path, { method })).toMatchObject({
      status: 404,
      body: { message: MESSAGE },
    });
  });
});

function textsOf({ body }: JsonAnswer): string[] {
  return (body as { translations: { text: string }[] }).translations.map(({ text }) => text);
}
