import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchJson, type JsonAnswer, postJson } from '../support/json-answer.js';
import { RunningService } from '../support/service.js';

let service: RunningService;
beforeAll(async () => {
  service = await RunningService.start();
});
afterAll(() => service.stop());

function send(path: string, init: RequestInit): Promise<JsonAnswer> {
  return fetchJson(service.url + path, init);
}

function sendJson(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<JsonAnswer> {
  return postJson(service.url + path, body, headers);
}

function postForm(path: string, body: string): Promise<JsonAnswer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return send(path, { method: 'POST', headers, body });
}

interface Language {
  readonly code: string;
  readonly name: string;
  readonly targets: readonly string[];
}

async function languages(): Promise<Language[]> {
  const { status, body } = await send('/languages', { method: 'GET' });
  expect(status).toBe(200);
  return body as Language[];
}

/** Requests as the clients of LibreTranslate and DeepL write them, and what each of them reads of the answer. */
describe('a client', () => {
  it('like Mastodon gets lists for lists, of posts of which some are empty', async () => {
    for (const { targets } of await languages()) expect(targets).toContain('de');
    const post = { q: ['Thank you.', ''], source: 'en', target: 'de', api_key: null };
    const { status, body } = await sendJson('/translate', post);
    expect(status).toBe(200);
    expect(body).toEqual({ translatedText: [expect.stringMatching(/Danke/), ''] });
    const auto = await sendJson('/translate', { ...post, source: 'auto' });
    expect(auto.body).toMatchObject({ detectedLanguage: [{ language: 'en' }, { language: 'en' }] });
  });

  it('like Mastodon gets posts back as HTML', async () => {
    const post = {
      q: ['<p>I love you. <span translate="no">:heart:</span></p>', '', 'I am tired.'],
      source: 'en',
      target: 'de',
      format: 'html',
      api_key: null,
    };
    const { status, body } = await sendJson('/translate', post);
    expect(status).toBe(200);
    expect(body).toEqual({
      translatedText: [
        '<p>Ich liebe dich. <span translate="no">:heart:</span></p>',
        '',
        'Ich bin müde.',
      ],
    });
  });

  it('like Weblate can save its settings: languages, then "test" from English into German', async () => {
    const codes = (await languages()).map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['en', 'de']));
    const { status, body } = await sendJson(
      '/translate',
      { q: ['test'], source: 'en', target: 'de', api_key: '' },
      { accept: 'application/json; charset=utf-8', referer: 'http://localhost/' },
    );
    expect(status).toBe(200);
    expect(body).toEqual({ translatedText: [expect.stringMatching(/./)] });
  });

  it('like Weblate gets twenty strings in one request', async () => {
    const q = Array.from({ length: 20 }, (_, index) => `There are ${index} books.`);
    const { body } = await sendJson('/translate', { q, source: 'en', target: 'de', api_key: '' });
    const { translatedText } = body as { translatedText: string[] };
    expect(translatedText).toHaveLength(20);
    for (const translation of translatedText) expect(translation).toMatch(/\p{L}/u);
  });

  it('like Weblate for DeepL learns from the languages, and gets its placeholders back', async () => {
    const source = await send('/v2/languages?type=source', { method: 'GET' });
    expect(source.body).toContainEqual(expect.objectContaining({ language: 'EN' }));
    expect((await send('/v2/glossary-language-pairs', { method: 'GET' })).status).toBe(200);
    const asked = { text: ['test'], source_lang: 'EN', target_lang: 'DE', formality: 'default' };
    expect((await sendJson('/v2/translate', asked)).status).toBe(200);
    const tagged = { ...asked, tag_handling: 'xml', ignore_tags: ['x'] };
    const text = ['Where is <x id="1"></x>?'];
    const { body, status } = await sendJson('/v2/translate', { ...tagged, text });
    expect(status).toBe(200);
    expect(body).toMatchObject({ translations: [{ text: 'Wo ist <x id="1"></x>?' }] });
  });

  it('like Discourse posts forms and gets exactly 200', async () => {
    const detected = await postForm('/detect', 'q=Das+ist+ein+sch%C3%B6nes+Haus.&api_key=');
    expect(detected.status).toBe(200);
    expect(detected.body).toMatchObject([{ language: 'de' }]);
    const q = '%3Cp%3EDas+ist+ein+sch%C3%B6nes+Haus.%3C%2Fp%3E';
    const form = `q=${q}&source=de&target=en&format=html&api_key=`;
    const { status, body } = await postForm('/translate', form);
    expect(status).toBe(200);
    expect(body).toEqual({
      translatedText: expect.stringMatching(/^<p>.*house.*<\/p>$/) as string,
    });
  });

  it('like Crow Translate begins its forms with an ampersand', async () => {
    const detected = await postForm('/detect', '&q=Wo ist denn der Bahnhof%3F&api_key=');
    expect(detected.body).toMatchObject([{ language: 'de' }]);
    const form = '&q=Wo ist denn der Bahnhof%3F&source=de&target=en&api_key=';
    expect((await postForm('/translate', form)).body).toEqual({
      translatedText: expect.stringMatching(/station/i) as string,
    });
  });

  it('like SubtitleEdit sends one line at a time', async () => {
    const line = { q: 'I am tired.', source: 'en', target: 'de' };
    const { body } = await sendJson('/translate', line);
    expect(body).toEqual({ translatedText: expect.stringMatching(/müde/) as string });
    // With a key it leaves out a comma.
    const malformed = '{"q": "Hello", "source": "en", "target": "de" "api_key": "x"}';
    const headers = { 'content-type': 'application/json' };
    expect(await send('/translate', { method: 'POST', headers, body: malformed })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/not valid JSON/) as string },
    });
  });

  it('like Lingarr sends many single lines in a row, with an empty key', async () => {
    const lines = Array.from({ length: 60 }, () => 'Yes.');
    const statuses: number[] = [];
    for (const q of lines) {
      const line = { q, source: 'en', target: 'de', format: 'text', api_key: '' };
      statuses.push((await sendJson('/translate', line)).status);
    }
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('like libretranslatepy asks for the languages with a body', async () => {
    for (const method of ['GET', 'POST']) {
      const answer = await new Promise<string>((resolve, reject) => {
        const headers = {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': 9,
        };
        const sent = request(`${service.url}/languages`, { method, headers }, (response) => {
          text(response).then(resolve, reject);
        });
        sent.on('error', reject);
        sent.end('api_key=x');
      });
      expect(JSON.parse(answer)).toHaveLength(3);
    }
  });

  it('like Immersive Translate sends paragraphs of a page, many at once', async () => {
    const pages = Array.from({ length: 20 }, () =>
      sendJson('/imme', {
        source_lang: 'auto',
        target_lang: 'de',
        text_list: ['Thank you.', 'How are you?'],
      }),
    );
    for (const { status, body } of await Promise.all(pages)) {
      expect(status).toBe(200);
      expect(body).toMatchObject({
        translations: [
          { detected_source_lang: 'en', text: expect.stringMatching(/Danke/) as string },
          { detected_source_lang: 'en', text: expect.stringMatching(/geht/) as string },
        ],
      });
    }
  });
});
