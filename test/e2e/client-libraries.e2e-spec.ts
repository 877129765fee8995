import * as deepl from 'deepl-node';
import { libreTranslate } from 'libretranslate-ts';
import { Translate } from 'translate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningService } from '../support/service.js';

const KEY = 'shop-0123456789abcdef';

let open: RunningService;
let keyed: RunningService;
beforeAll(async () => {
  open = await RunningService.start();
  keyed = await RunningService.start({ API_KEYS: `shop:${KEY}` });
});
afterAll(async () => {
  await Promise.all([open.stop(), keyed.stop()]);
});

describe('deepl-node', () => {
  const clientOf = (service: RunningService, key: string): deepl.DeepLClient =>
    new deepl.DeepLClient(key, { serverUrl: service.url, maxRetries: 0 });

  it('translates one text and several, with and without a source', async () => {
    const client = clientOf(open, 'none');
    const one = await client.translateText('How are you?', 'en', 'de');
    expect(one.text).toMatch(/geht/);
    expect(one.detectedSourceLang).toBe('en');
    expect(one.billedCharacters).toBe(12);
    const texts = ['Where is the train station?', 'Das ist ein schönes Haus.'];
    const several = await client.translateText(texts, null, 'ja');
    expect(several.map(({ detectedSourceLang }) => detectedSourceLang)).toEqual(['en', 'de']);
    for (const { text } of several) expect(text).toMatch(/[぀-ヿ一-龯]/);
  });

  it('takes options that the service has, and refuses the others with an error of its own', async () => {
    const client = clientOf(open, 'none');
    const { modelTypeUsed } = await client.translateText('Hello.', 'en', 'de', {
      modelType: 'latency_optimized',
      splitSentences: 'nonewlines',
      formality: 'prefer_more',
      context: 'Greetings.',
    });
    expect(modelTypeUsed).toBe('latency_optimized');
    const refused = client.translateText('Hello.', 'en', 'de', { formality: 'more' });
    await expect(refused).rejects.toThrow(/formality/);
    await expect(client.translateText('Hello.', 'en', 'fr')).rejects.toThrow(/target_lang/);
    await expect(
      client.translateText('Hello.', 'en', 'de', { glossary: 'unknown' }),
    ).rejects.toThrow(/Glossary not found/);
  });

  it('handles tags', async () => {
    const client = clientOf(open, 'none');
    const html = await client.translateText('<p>I love you.</p>', 'en', 'de', {
      tagHandling: 'html',
    });
    expect(html.text).toBe('<p>Ich liebe dich.</p>');
    const xml = await client.translateText('Where is <x id="1"></x>?', 'en', 'de', {
      tagHandling: 'xml',
      ignoreTags: ['x'],
      outlineDetection: false,
    });
    expect(xml.text).toBe('Wo ist <x id="1"></x>?');
  });

  it('lists languages, usage and glossaries', async () => {
    const client = clientOf(open, 'none');
    const sources = await client.getSourceLanguages();
    expect(sources.map(({ code }) => code)).toEqual(['de', 'en', 'ja']);
    const targets = await client.getTargetLanguages();
    expect(targets.map(({ code }) => code)).toEqual(['de', 'en-GB', 'en-US', 'ja']);
    const usage = await client.getUsage();
    expect(usage.character?.count).toBeGreaterThan(0);
    expect(usage.anyLimitReached()).toBe(false);
    expect(await client.getGlossaryLanguagePairs()).toEqual([]);
    expect(await client.listGlossaries()).toEqual([]);
  });

  it('sends its key, and learns that another is wrong', async () => {
    const { text } = await clientOf(keyed, KEY).translateText('Thank you.', 'en', 'de');
    expect(text).toMatch(/Danke/);
    const refused = clientOf(keyed, 'wrong').translateText('Thank you.', 'en', 'de');
    await expect(refused).rejects.toThrow(deepl.AuthorizationError);
  });
});

describe('libretranslate-ts', () => {
  beforeAll(() => {
    libreTranslate.setApiEndpoint(open.url);
  });

  it('translates, with alternatives', async () => {
    const answer = await libreTranslate.translate('How are you?', 'en', 'de', 2);
    expect(answer).toMatchObject({
      status: 200,
      translatedText: expect.stringMatching(/geht/) as string,
    });
    expect(answer.alternatives?.length).toBeGreaterThan(0);
    expect(answer.alternatives).not.toContain(answer.translatedText);
    const auto = await libreTranslate.translate('Wo ist denn der Bahnhof?', 'auto', 'en');
    expect(auto.translatedText).toMatch(/station/i);
  });

  it('detects and lists languages', async () => {
    expect(await libreTranslate.detect('Wo ist denn der Bahnhof?')).toMatchObject({
      status: 200,
      language: 'de',
    });
    const languages = await libreTranslate.listLanguages();
    expect(languages.map(({ code }) => code)).toEqual(['de', 'en', 'ja']);
    for (const { targets } of languages) expect(targets).toEqual(['de', 'en', 'ja']);
  });

  it('shows the sentence of an error', async () => {
    expect(await libreTranslate.translate('Hello.', 'en', 'zz')).toMatchObject({
      error: 'zz is not supported',
    });
  });

  it('sends its key', async () => {
    libreTranslate.setApiEndpoint(keyed.url);
    expect((await libreTranslate.translate('Thank you.', 'en', 'de')).error).toMatch(/API key/);
    libreTranslate.setApiKey(KEY);
    const answer = await libreTranslate.translate('Thank you.', 'en', 'de');
    expect(answer.translatedText).toMatch(/Danke/);
  });
});

describe('translate', () => {
  it('translates, and shows the sentence of an error', async () => {
    const options = { engine: 'libre', url: `${open.url}/translate` } as const;
    const translate = Translate(options);
    expect(await translate('Thank you.', { from: 'en', to: 'de' })).toMatch(/Danke/);
    await expect(translate('Thank you.', { from: 'en', to: 'fr' })).rejects.toThrow(
      'fr is not supported',
    );
  });
});
