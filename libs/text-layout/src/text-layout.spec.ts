import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOutText } from './text-layout.js';

function partsOf(text: string, sourceLanguage: string, joinsLines: boolean): readonly string[] {
  return layOutText(text, { sourceLanguage, joinsLines }).parts;
}

describe('layOutText', () => {
  it('takes a plain text for one part, which is the whole', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const layout = layOutText(text, { sourceLanguage: 'en', joinsLines: false });
        expect(layout.parts).toEqual([text]);
        expect(layout.join(layout.parts)).toBe(text);
      }),
    );
  });

  it.each([
    ['en', 'A sentence  \n  of two lines.', 'A sentence of two lines.'],
    ['en', 'One.\r\nTwo.\rThree.', 'One. Two. Three.'],
    ['en', ' First\nparagraph.\n\nSecond\none. \n', ' First paragraph.\n\nSecond one. \n'],
    ['en', 'a\n \nb', 'a\n \nb'],
    ['ja', '人生は\n箱だ。', '人生は箱だ。'],
  ])('joins lines in %s: %j', (language, text, joined) => {
    expect(partsOf(text, language, true)).toEqual([joined]);
  });

  it('joins lines in linear time', () => {
    const startedAtMs = performance.now();
    partsOf(`a${' '.repeat(1_000_000)}b${'\n \t'.repeat(300_000)}`, 'en', true);
    expect(performance.now() - startedAtMs).toBeLessThan(2000);
  });
});
