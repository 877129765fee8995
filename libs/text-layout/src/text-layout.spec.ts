import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LayoutOptions } from './layout-options.js';
import type { MarkupOptions } from './markup-options.js';
import { layOutText, type TextLayout } from './text-layout.js';

const PLAIN: LayoutOptions = {
  sourceLanguage: 'en',
  targetLanguage: 'de',
  splitting: 'sentences-and-lines',
  markup: undefined,
};

function markup(options: Partial<MarkupOptions> = {}): LayoutOptions {
  return {
    ...PLAIN,
    splitting: 'sentences',
    markup: {
      syntax: 'html',
      ignoredTags: new Set(),
      splittingTags: new Set(),
      nonSplittingTags: new Set(),
      detectsOutline: true,
      ...options,
    },
  };
}

type Translator = (text: string) => string;

/** As the service does it: what is not accepted is translated otherwise. */
function translate(layout: TextLayout, translator: Translator): string {
  return layout.join(
    layout.parts.map(({ otherwise, text }) => {
      const translation = translator(text);
      return otherwise === undefined || otherwise.accepts(translation)
        ? { text: translation, isOtherwise: false }
        : { text: translator(otherwise.text), isOtherwise: true };
    }),
  );
}

function partsOf(text: string, options: LayoutOptions): string[] {
  return layOutText(text, options).parts.map((part) => part.text);
}

describe('plain text', () => {
  it('is one part, which is the whole, where nothing in it has to stay', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('a', 'b', 'Ä', ' ', '.', ',', '?', '!', '\n', '\t', '日'),
        }),
        (text) => {
          const layout = layOutText(text, PLAIN);
          expect(layout.parts).toEqual([{ text, isOneSentence: false }]);
          expect(translate(layout, (part) => part)).toBe(text);
        },
      ),
    );
  });

  it.each([
    ['en', 'A sentence  \n  of two lines.', 'A sentence of two lines.'],
    ['en', 'One.\r\nTwo.\rThree.', 'One. Two. Three.'],
    ['en', ' First\nparagraph.\n\nSecond\none. \n', ' First paragraph.\n\nSecond one. \n'],
    ['en', 'a\n \nb', 'a\n \nb'],
    ['ja', '人生は\n箱だ。', '人生は箱だ。'],
  ])('joins lines in %s: %j', (sourceLanguage, text, joined) => {
    expect(partsOf(text, { ...PLAIN, sourceLanguage, splitting: 'sentences' })).toEqual([joined]);
  });

  it('joins lines in linear time', () => {
    const startedAtMs = performance.now();
    partsOf(`a${' '.repeat(1_000_000)}b${'\n \t'.repeat(300_000)}`, {
      ...PLAIN,
      splitting: 'sentences',
    });
    expect(performance.now() - startedAtMs).toBeLessThan(2000);
  });
});

/** Sources of HTML with what must not get lost in them: each tag and protected part has a number of its own. */
class GeneratedHtml {
  source = '';
  readonly kept: string[] = [];
  #count = 0;

  tag(name: string): string {
    return `<${name} id="${this.#count++}" title='a > b &amp; c'>`;
  }

  keep(part: (id: string) => string): void {
    const text = part(`k${this.#count++}k`);
    this.kept.push(text);
    this.source += text;
  }

  add(text: string): void {
    this.source += text;
  }
}

const WORDS = 'the Cat likes 12 green tea, Dr. Who and so on. Really? Yes! but “no” 箱だ。'.split(
  ' ',
);
const INLINE = ['b', 'i', 'a', 'span', 'x-y', 'BUTTON'];
const BLOCKS = ['p', 'div', 'li', 'h1', 'td', 'br', 'blockquote'];
const KEPT: readonly ((id: string) => string)[] = [
  (id) => `<code>${id} &lt; 1</code>`,
  (id) => `<code class="${id}"></code>`,
  (id) => `<!-- ${id} -->`,
  (id) => `<script>if (a < ${id}) alert("</b>")</script>`,
  (id) => `<style>.${id} > a {}</style>`,
  (id) => `<span translate="no">:${id}:</span>`,
  (id) => `<a class="u notranslate" href="#">@<span>${id}</span></a>`,
  (id) => `<img alt="${id} &quot;x">`,
  (id) => `<input value=${id} />`,
  (id) => ` https://example.org/${id}?a=1&amp;b=(2) `,
  (id) => ` ${id}@example.org `,
  (id) => ` {${id}} `,
  (id) => ` %(${id})s `,
  (id) => ` [X${/\d+/.exec(id)?.[0] ?? '0'}X] `,
  (id) => ` :${id}: `,
  (id) => `&${id};`,
  (id) => `<pre>\n ${id}\n\n</pre>`,
  (id) => `<p translate=no>${id} <b>x</b>.</p>`,
];

type Step = readonly ['word' | 'kept' | 'open' | 'close' | 'stray' | 'block', number];

function generateHtml(steps: readonly Step[]): GeneratedHtml {
  const html = new GeneratedHtml();
  const open: string[] = [];
  const pick = <Item>(items: readonly Item[], index: number): Item =>
    items[index % items.length] as Item;
  for (const [kind, index] of steps) {
    if (kind === 'word')
      html.add(`${pick(WORDS, index)}${pick([' ', ' ', '\n', '&nbsp;', ''], index)}`);
    else if (kind === 'kept') html.keep(pick(KEPT, index));
    else if (kind === 'open') {
      open.push(pick(INLINE, index));
      html.add(html.tag(pick(INLINE, index)));
    } else if (kind === 'close') html.add(`</${open.pop() ?? 'b'}>`);
    else if (kind === 'stray') html.add(`</${pick(INLINE, index)}>`);
    else html.add(`${html.tag(pick(BLOCKS, index))}${pick(['', '</p>', '</div>\n'], index)}`);
  }
  return html;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.tuple(
    fc.constantFrom(
      'word' as const,
      'word' as const,
      'word' as const,
      'kept' as const,
      'open' as const,
      'close' as const,
      'stray' as const,
      'block' as const,
    ),
    fc.nat({ max: 1000 }),
  ),
  { maxLength: 40 },
);

/** What models do to texts, and worse. */
const TRANSLATORS: Record<string, Translator> = {
  'the same': (text) => text,
  'the other way round': (text) => text.split(' ').reverse().join(' '),
  'without names': (text) => text.replaceAll(/\b(?:Tom|Boston|Mary|John)\b/g, 'Ding'),
  'in capitals': (text) => text.toUpperCase(),
  twice: (text) => `${text} ${text}`,
  'in Japanese': () => '人生はチョコレートの箱のようなものだ。',
  nothing: () => '',
  'with markup': (text) => `<b>${text}</b> & “so”`,
};

function tagsOf(html: string): string[] {
  return (html.match(/<[^<>]*?(?:'[^']*'[^<>]*)*>/g) ?? []).sort();
}

describe('generated HTML', () => {
  it.each(Object.entries(TRANSLATORS))(
    'keeps its tags and protected parts, translated %s',
    (_how, translator) => {
      fc.assert(
        fc.property(steps, (taken) => {
          const html = generateHtml(taken);
          const layout = layOutText(html.source, markup());
          const translated = translate(layout, translator);
          let at = 0;
          for (const part of html.kept) {
            const found = translated.indexOf(part.trim(), at);
            expect(found, `${part} in ${translated} from ${html.source}`).toBeGreaterThanOrEqual(0);
            at = found + part.trim().length;
          }
          if (translator !== TRANSLATORS['with markup'])
            expect(tagsOf(translated)).toEqual(tagsOf(html.source));
        }),
        { numRuns: 500 },
      );
    },
  );
});
