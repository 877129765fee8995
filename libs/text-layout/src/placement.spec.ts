import { describe, expect, it } from 'vitest';
import { HTML, type MarkupOptions } from './markup-options.js';
import { layOutText } from './text-layout.js';

const PLAIN = 'plain';
const XML: MarkupOptions = { ...HTML, syntax: 'xml' };

/** Sentences with the translations that a model gave. */
function translate(source: string, translations: readonly string[]): string {
  const layout = layOutText(source, {
    sourceLanguage: 'en',
    targetLanguage: 'de',
    splitting: 'sentences',
    markup: HTML,
  });
  expect(layout.parts).toHaveLength(translations.length);
  return layout.join(
    layout.parts.map(({ otherwise }, index) => {
      const text = translations[index] ?? '';
      return { text, isOtherwise: otherwise?.accepts(text) === false };
    }),
  );
}

function partsOf(source: string, markup: MarkupOptions | typeof PLAIN = HTML): string[] {
  return layOutText(source, {
    sourceLanguage: 'en',
    targetLanguage: 'de',
    splitting: 'sentences',
    markup: markup === PLAIN ? undefined : markup,
  }).parts.map(({ text }) => text);
}

describe('sentences of markup', () => {
  it.each([
    ['<p>One <b>and</b>\n two. Three.</p>', ['One and two.', 'Three.']],
    ['One<br>Two<li>Three<p>Four', ['One', 'Two', 'Three', 'Four']],
    ['a <code>b</code> c', ['a Tom c']],
    ['Tom &lt; {x}', ['Tom < Boston']],
    ['<title>One</title><script>var two;</script><pre>three</pre><textarea>4</textarea>', ['One']],
    ['<p translate="no">One<p>Two', ['Two']],
    ['<ul><li class="a notranslate">One<li>Two</ul>', ['Two']],
    ['&Auml;pfel &amp;c. &nbsp;&unknown; &AMP &#8222;x&#8220;', ['Äpfel &c. „x“']],
    ['one{a}two', ['onetwo']],
    ['1 {a} 2 {b} 3 {c} 4 {d} 5 {e}', ['1 2 3 4 5']],
    ['{a}, {b}: %s', []],
    ['{a} {b} and {c}', ['Tom and Boston']],
  ])('%s', (source, parts) => {
    expect(partsOf(source)).toEqual(parts);
  });

  it.each<[string, string[], Partial<MarkupOptions>?]>([
    ['<a><b>One</b><b>Two</b></a>', ['One', 'Two']],
    ['<a>One <b>two</b> three</a>', ['One two three']],
    ['One <b>two</b>', ['One two']],
    ['<a><b>One</b><b>two</b></a>', ['Onetwo'], { detectsOutline: false }],
    [
      '<a><b>One</b><c>two</c></a>',
      ['One', 'two'],
      { detectsOutline: false, splittingTags: new Set(['c']) },
    ],
    ['One <s/>two', ['One', 'two'], { splittingTags: new Set(['s']) }],
    ['One <x>two</x> three', ['One Tom three'], { ignoredTags: new Set(['x']) }],
    ['One <X>two</X>', ['One two'], { ignoredTags: new Set(['x']) }],
    ['One &nbsp; two &lt;', ['One two <']],
  ])('of XML: %s', (source, parts, options = {}) => {
    expect(partsOf(source, { ...XML, ...options })).toEqual(parts);
  });
});

describe('a pair of tags', () => {
  it.each([
    [
      'around the sentence stays there',
      '<b>I love you.</b>',
      'Ich liebe dich.',
      '<b>Ich liebe dich.</b>',
    ],
    [
      'around all but its end as well',
      '<b>I love you</b>!',
      'Ich liebe dich!',
      '<b>Ich liebe dich</b>!',
    ],
    [
      'goes around what is copied',
      'I live in <b>Boston</b> now.',
      'Jetzt lebe ich in Boston.',
      'Jetzt lebe ich in <b>Boston</b>.',
    ],
    [
      'goes around what stands in for a placeholder',
      'I know <b>{name}</b> well.',
      'Tom kenne ich gut.',
      '<b>{name}</b> kenne ich gut.',
    ],
    [
      'goes around the sentence where nothing is sure',
      'I <b>love</b> you.',
      'Ich liebe dich.',
      '<b>Ich liebe dich.</b>',
    ],
    [
      'goes around the rest beside what is sure',
      'I <b>often</b> visit <i>Boston</i>.',
      'Boston besuche ich oft.',
      '<i>Boston</i> <b>besuche ich oft.</b>',
    ],
    [
      'shares what is there with others',
      'I <b>love</b> green <i>tea</i>.',
      'Ich liebe grünen Tee.',
      'Ich <b>liebe</b> grünen <i>Tee</i>.',
    ],
    [
      'keeps what it holds',
      'I <b>love <i>{x}</i></b> a lot.',
      'Ich liebe Tom sehr.',
      '<b>Ich liebe <i>{x}</i> sehr.</b>',
    ],
    ['may hold nothing', 'I <b></b>love you.', 'Ich liebe dich.', 'Ich <b></b>liebe dich.'],
    [
      'may go on over sentences',
      'I <b>am. You are. They</b> are.',
      'Ich bin.|Du bist.|Sie sind.',
      'Ich <b>bin. Du bist. Sie</b> sind.',
    ],
    ['may cross another', 'a <b>b <i>c</b> d</i> e', 'A B C D E', '<b>A B <i>C D</b></i> E'],
    [
      'may lack an end',
      '<p>I <b>am</p><p>You</b> are</p>',
      'Ich bin|Du bist',
      '<p>Ich <b>bin</p><p>Du</b> bist</p>',
    ],
  ])('%s', (_what, source, translation, translated) => {
    expect(translate(source, translation.split('|'))).toBe(translated);
  });
});

describe('something between words', () => {
  it.each([
    ['stays at the start', '<img> I am tired.', 'Ich bin müde.', '<img> Ich bin müde.'],
    ['stays at the end', 'I am tired <img>', 'Ich bin müde', 'Ich bin müde <img>'],
    ['stays before the end', 'I am tired <img>!', 'Ich bin müde!', 'Ich bin müde <img>!'],
    [
      'stays beside a copy',
      'I know Boston <img> well.',
      'Boston kenne ich.',
      'Boston <img> kenne ich.',
    ],
    ['goes between words', 'I am so <img> tired.', 'Ich bin so müde.', 'Ich bin so <img> müde.'],
    ['is a special blank', 'in&nbsp;Boston now', 'jetzt in Boston', 'jetzt in&nbsp;Boston'],
    ['keeps its order', 'a <!--1--> b {x} c <!--2--> d', 'Tom A', '<!--1--> {x} A <!--2-->'],
  ])('%s', (_what, source, translation, translated) => {
    expect(translate(source, [translation])).toBe(translated);
  });
});

it('a comment is in one of two sentences that stand together, and not in both', () => {
  const source = 'x <b>箱だ。<!--1-->Tea</b> now';
  expect(translate(source, ['X Kiste.', 'Tee jetzt'])).toBe('X <b>Kiste. <!--1-->Tee</b> jetzt');
});

describe('a placeholder', () => {
  it.each([
    [
      'is where its name is',
      'I know {a} and {b}.',
      'Tom und Boston kenne ich.',
      '{a} und {b} kenne ich.',
    ],
    ['is not in another word', 'I know {a}.', 'Das sind Toms.', 'Das sind Toms {a}.'],
    ['keeps its order', 'I know {a} and {b}.', 'Boston und Tom.', 'Boston und {a} Tom {b}.'],
    ['may be written by sound', 'I know {a}.', '私はトムを知っている。', '私は{a}を知っている。'],
    [
      'is left out where there is a letter beside it',
      'I know x{a}y.',
      'Das sind x.',
      'Das sind{a} x.',
    ],
  ])('%s', (_what, source, translation, translated) => {
    expect(translate(source, [translation])).toBe(translated);
  });

  it.each(
    (
      '[X12X]|<x id="7"></x>|<x id="7"/>|{name}|{0}|{}|{{ name }}|${name}|%{name}|#{name}|%s|%1$s|%.2f|%ld|' +
      '%(name)s|%@|https://example.org/a?b=c&d=(e)#f|http://[::1]:80/|ftp://a.b/c_d|www.example.org/ä|' +
      'mailto:a.b+c@example.org|tom@example.co.jp|@tom|@tom@mastodon.example|#tea|#grüner_tee'
    ).split('|'),
  )('is %s', (placeholder) => {
    expect(partsOf(`Read (${placeholder}), all.`, PLAIN)).toEqual(['Read (Tom), all.']);
    expect(partsOf(`Read ${placeholder}.`, PLAIN)).toEqual(['Read Tom.']);
  });

  it.each([
    '100% sure',
    '5 % of it',
    'a:b:c',
    '12:30:45',
    '#1',
    'a@b',
    'C#',
    'a < b > c',
    '{ so }',
    'x@',
  ])('is nothing in %s', (text) => {
    expect(partsOf(text, PLAIN)).toEqual([text]);
  });
});

describe('a character reference', () => {
  it.each([
    ['Tom &amp; Mary', 'Tom & Mary', 'Tom &amp; Mary'],
    ['Tom &amp; Mary', 'Tom und Mary', 'Tom &amp; und Mary'],
    ['&quot;No&quot;, he said.', '"Nein", sagte er.', '&quot;Nein&quot;, sagte er.'],
    ['&quot;No", he said.', '"Nein", sagte er.', '"Nein", sagte er.'],
    ['I am here.', 'a < b > c & d', 'a &lt; b &gt; c &amp; d'],
    ['Caf&eacute;', 'Café', 'Café'],
  ])('%s: %s', (source, translation, translated) => {
    expect(translate(source, [translation])).toBe(translated);
  });
});
