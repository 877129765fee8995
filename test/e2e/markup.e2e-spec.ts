import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postJson } from '../support/json-answer.js';
import { RunningService } from '../support/service.js';

let service: RunningService;
beforeAll(async () => {
  service = await RunningService.start();
});
afterAll(() => service.stop());

async function libretranslate(q: string, format: string): Promise<unknown> {
  const asked = { q, source: 'en', target: 'de', format };
  const { body } = await postJson(`${service.url}/translate`, asked);
  return (body as { translatedText: unknown }).translatedText;
}

async function deepl(text: string, fields: object): Promise<unknown> {
  const asked = { text: [text], source_lang: 'EN', target_lang: 'DE', ...fields };
  const { body } = await postJson(`${service.url}/v2/translate`, asked);
  return (body as { translations: { text: unknown }[] }).translations[0]?.text;
}

/** Posts as Mastodon sends them: its own mentions, hashtags, links and custom emoji are marked. */
const MASTODON: readonly (readonly [string, string])[] = [
  ['<p>Where is the station?</p>', '<p>Wo ist der Bahnhof?</p>'],
  ['<p>Thank you.</p><p>I love you.</p>', '<p>Danke!</p><p>Ich liebe dich.</p>'],
  [
    '<p>Where is the station?<br />I want to go home.</p>',
    '<p>Wo ist der Bahnhof?<br />Ich möchte nach Hause gehen.</p>',
  ],
  [
    '<p>I am tired. <span translate="no">:blobcat_sleep:</span></p>',
    '<p>Ich bin müde. <span translate="no">:blobcat_sleep:</span></p>',
  ],
  [
    '<p><span translate="no">:blobcat_sleep:</span> I am tired.</p>',
    '<p><span translate="no">:blobcat_sleep:</span> Ich bin müde.</p>',
  ],
  [
    '<p>Where is <span class="h-card" translate="no"><a href="https://mastodon.example/@tom" class="u-url mention">@<span>tom</span></a></span>?</p>',
    '<p>Wo ist <span class="h-card" translate="no"><a href="https://mastodon.example/@tom" class="u-url mention">@<span>tom</span></a></span>?</p>',
  ],
  [
    '<p>I like tea. <a href="https://mastodon.example/tags/tea" class="mention hashtag" rel="tag" translate="no">#<span>tea</span></a> <a href="https://mastodon.example/tags/green" class="mention hashtag" rel="tag" translate="no">#<span>green</span></a></p>',
    '<p>Ich mag Tee. <a href="https://mastodon.example/tags/tea" class="mention hashtag" rel="tag" translate="no">#<span>tea</span></a> <a href="https://mastodon.example/tags/green" class="mention hashtag" rel="tag" translate="no">#<span>green</span></a></p>',
  ],
  [
    '<p>I am tired. <a href="https://news.example/2026/tea?id=1&amp;lang=en" target="_blank" rel="nofollow noopener noreferrer" translate="no"><span class="invisible">https://</span><span class="ellipsis">news.example/2026/tea</span><span class="invisible">?id=1&amp;lang=en</span></a></p>',
    '<p>Ich bin müde. <a href="https://news.example/2026/tea?id=1&amp;lang=en" target="_blank" rel="nofollow noopener noreferrer" translate="no"><span class="invisible">https://</span><span class="ellipsis">news.example/2026/tea</span><span class="invisible">?id=1&amp;lang=en</span></a></p>',
  ],
  ['<p>I don&#39;t know.</p>', '<p>Ich weiß nicht.</p>'],
];

/** Posts as Discourse has cooked them. */
const DISCOURSE: readonly (readonly [string, string])[] = [
  [
    '<p>Where is <a class="mention" href="/u/tom">@tom</a>?</p>',
    '<p>Wo ist <a class="mention" href="/u/tom">@tom</a>?</p>',
  ],
  [
    "<p>I can't open <code>config.yml</code>.</p>",
    '<p>Ich kann <code>config.yml</code> nicht öffnen.</p>',
  ],
  [
    '<pre><code class="lang-ruby">puts "I love you"\n</code></pre>\n<p>I love you.</p>',
    '<pre><code class="lang-ruby">puts "I love you"\n</code></pre>\n<p>Ich liebe dich.</p>',
  ],
  [
    '<aside class="quote no-group" data-username="tom" data-post="1">\n<blockquote>\n<p>I have no money.</p>\n</blockquote>\n</aside>\n<p>I am tired.</p>',
    '<aside class="quote no-group" data-username="tom" data-post="1">\n<blockquote>\n<p>Ich habe kein Geld.</p>\n</blockquote>\n</aside>\n<p>Ich bin müde.</p>',
  ],
  [
    '<ul>\n<li>I like tea.</li>\n<li>He likes coffee.</li>\n</ul>',
    '<ul>\n<li>Ich mag Tee.</li>\n<li>Er mag Kaffee.</li>\n</ul>',
  ],
  [
    '<p>I am tired. <img src="/images/emoji/sleep.png?v=12" title=":sleep:" class="emoji" alt=":sleep:" loading="lazy" width="20" height="20"></p>',
    '<p>Ich bin müde. <img src="/images/emoji/sleep.png?v=12" title=":sleep:" class="emoji" alt=":sleep:" loading="lazy" width="20" height="20"></p>',
  ],
  [
    '<h2><a name="p-1" class="anchor" href="#p-1"></a>What time is it?</h2>',
    '<h2><a name="p-1" class="anchor" href="#p-1"></a>Wie spät ist es?</h2>',
  ],
  [
    '<p><strong>I am hungry.</strong> Where is the kitchen?</p>',
    '<p><strong>Ich habe Hunger.</strong> Wo ist die Küche?</p>',
  ],
  ['<p>I live in <strong>Boston</strong>.</p>', '<p>Ich lebe in <strong>Boston</strong>.</p>'],
  ['<p>I love you<em>!</em></p>', '<p>Ich liebe dich<em>!</em></p>'],
  [
    '<p class="notranslate">I love you.</p><!-- the end -->',
    '<p class="notranslate">I love you.</p><!-- the end -->',
  ],
  [
    '<script>alert("I love you")</script><style>p > b { color: red }</style>\n<p>I love you.</p>',
    '<script>alert("I love you")</script><style>p > b { color: red }</style>\n<p>Ich liebe dich.</p>',
  ],
];

/** Strings of programs as Weblate sends them to LibreTranslate, and lines of subtitles. */
const PLAIN: readonly (readonly [string, string])[] = [
  ['[X0X] is my friend.', '[X0X] ist mein Freund.'],
  ['Where is [X12X]?', 'Wo ist [X12X]?'],
  ['I know %s.', 'Ich kenne %s.'],
  ['Where is {name}?', 'Wo ist {name}?'],
  ['Where is %(name)s?', 'Wo ist %(name)s?'],
  ['I am tired. https://example.org/a?b=c&d=(e)', 'Ich bin müde. https://example.org/a?b=c&d=(e)'],
  ['{email}: tom@example.org', '{email}: tom@example.org'],
  ['<i>I am tired.</i>', '<i>Ich bin müde.</i>'],
  ['I love you! 😀', 'Ich liebe dich! 😀'],
];

/** Strings as Weblate sends them to DeepL. */
const WEBLATE_XML: readonly (readonly [string, string])[] = [
  ['<x id="0"></x> is my friend.', '<x id="0"></x> ist mein Freund.'],
  ['Where is <x id="12"></x>?', 'Wo ist <x id="12"></x>?'],
  ['<x id="1"></x>', '<x id="1"></x>'],
];

const XML: readonly (readonly [string, string])[] = [
  [
    '<doc><title>I love you.</title><par>I live in <b>Boston</b>.</par></doc>',
    '<doc><title>Ich liebe dich.</title><par>Ich lebe in <b>Boston</b>.</par></doc>',
  ],
  ['<![CDATA[a < b]]>I am tired.', '<![CDATA[a < b]]>Ich bin müde.'],
];

describe('what is around the text comes back as it was', () => {
  it.each([...MASTODON, ...DISCOURSE])('in HTML: %s', async (source, translation) => {
    expect(await libretranslate(source, 'html')).toBe(translation);
    expect(await deepl(source, { tag_handling: 'html' })).toBe(translation);
  });

  it.each(PLAIN)('in plain text: %s', async (source, translation) => {
    expect(await libretranslate(source, 'text')).toBe(translation);
    expect(await deepl(source, {})).toBe(translation);
  });

  it.each(WEBLATE_XML)('in XML with elements to ignore: %s', async (source, translation) => {
    const fields = { tag_handling: 'xml', ignore_tags: ['x'] };
    expect(await deepl(source, fields)).toBe(translation);
  });

  it.each(XML)('in XML: %s', async (source, translation) => {
    expect(await deepl(source, { tag_handling: 'xml' })).toBe(translation);
  });
});

describe('a placeholder that does not fit', () => {
  it('keeps its place among others, and all of them come back', async () => {
    for (const text of [
      'From {a} to {b}, from {c} to {d}, from {e} to {f}.',
      'x{a}y and z%dpx',
      'Do you know [X1X] [X2X]s? No.',
      '{count} of {total} people know %1$s, %2$d%% of {x}, see https://example.org/{x}.',
    ]) {
      const placeholders = /https:\/\/\S+\}|\{\w+\}|\[X\d+X\]|%\d\$[sd]/g;
      const translation = await libretranslate(text, 'text');
      expect(String(translation).match(placeholders)).toEqual(text.match(placeholders));
    }
  });
});

describe('the language of HTML', () => {
  it('is that of its text', async () => {
    const q = '<p class="the english words of this class and of that">Wo ist denn der Bahnhof?</p>';
    const asked = { q, source: 'auto', target: 'en', format: 'html' };
    const { body } = await postJson(`${service.url}/translate`, asked);
    expect(body).toMatchObject({
      detectedLanguage: { language: 'de' },
      translatedText: expect.stringMatching(/^<p class="[^"]*">.*station.*<\/p>$/i) as string,
    });
  });
});
