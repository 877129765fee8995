import { describe, expect, it } from 'vitest';
import { HTML, type MarkupOptions } from './markup-options.js';
import { layOutText } from './text-layout.js';

const UNITS = 20_000;
const FORMATS: readonly (readonly [string, MarkupOptions | undefined])[] = [
  ['HTML', HTML],
  ['XML', { ...HTML, syntax: 'xml' }],
  ['plain text', undefined],
];

/** Twice what a text may have by default; quadratic work would show. */
describe('a text that repeats', () => {
  it.each(
    [
      ['<b>', '</b>', '<b>x', 'x</b>', '<i>a<b>b</i>', '<b>{a}</b> ', '<code>', '<code>a</code> '],
      ['<', '<!--', '</', '<a b', '<a href="', '<![CDATA[', '<p translate=no>', '<p>a', '<img> a '],
      ['&', '&am', '&lt;a ', '&nbsp;', 'a&nbsp;', '😀', '😀 a ', '\ufffc', '\ufffc a ', ':ab: '],
      ['{', '{a} ', '{{a', '%', '%s ', '%(', '[X', 'http://', 'http://a) ', 'www.', 'a@', 'Tom '],
    ].flat(),
  )('%j is laid out in no time', (shape) => {
    const text = shape.repeat(UNITS / shape.length);
    for (const [format, markup] of FORMATS) {
      const startedAtMs = performance.now();
      const layout = layOutText(text, {
        sourceLanguage: 'en',
        targetLanguage: 'de',
        splitting: 'sentences',
        markup,
      });
      layout.join(layout.parts.map((part) => ({ text: part.text, isOtherwise: false })));
      expect(performance.now() - startedAtMs, format).toBeLessThan(5000);
    }
  });
});
