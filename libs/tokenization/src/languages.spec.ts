import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { LANGUAGES, resolveLanguage } from './languages.js';

const PAGE = new URL('../../../docs/languages.md', import.meta.url).pathname;

const HEAD = `# Languages

What the released M2M100 models translate between, and what to expect of each as a target. Several targets are close to unusable: look before you offer them.

- *BLEU* is that of M2M100 418M into the language, as published by Helsinki-NLP (External-MT-leaderboard): from English on FLORES devtest; into English from German; on Tatoeba 2021-08-07 for az, br, fy, no, sq and yi, on newstest2020 for zh, on TICO-19 for ne and sw. It is by characters for ja, ko and zh, and says little for languages written without spaces (km, lo, my, th).
- *Tier*: \`good\` from 15, \`fair\` from 5, \`weak\` from 2, \`unusable\` below, \`unrated\` where no figure was published.
- M2M100 1.2B is shown with the tiers of 418M: its own figures from English are not at hand. Into English it scores some 5 to 10 BLEU more than 418M, most for the weaker languages.
- \`GET /languages\` shows the tier of a language where the model is one of the two releases, known by the name in its own \`config.json\`, its shape and its tokenizer. For every other model (the demo model, SMaLL-100, fine-tuned forks) it says \`unrated\`: nobody measured those, or the figures are not at hand.

`;

const FOOT = `
Codes are the model's own. Requests may write them in any case and as BCP 47 tags: \`zh-CN\` and \`zh-Hant\` are zh, \`pt-BR\` is pt, \`iw\` is he, \`nb\` is no. Chinese has one code for both scripts, and so has Serbian.

This page is made from \`libs/tokenization/src/languages.ts\`: \`npx vitest run libs/tokenization -u\` writes it anew.
`;

function languageTable(): string {
  const rows = LANGUAGES.map(({ code, name, nativeName, bleu, tier }) =>
    [code, name, nativeName, bleu?.toFixed(1) ?? '–', tier].join(' | '),
  );
  return ['code | name | in the language | BLEU | tier', '--- | --- | --- | --: | ---', ...rows]
    .map((row) => `| ${row} |`)
    .join('\n');
}

const codes = LANGUAGES.map(({ code }) => code);

describe('LANGUAGES', () => {
  it("has the tags of Hugging Face's tokenizer in its order", () => {
    const url = new URL('../../../models/demo/special_tokens_map.json', import.meta.url);
    const map = JSON.parse(readFileSync(url, 'utf8')) as { additional_special_tokens: string[] };
    expect(codes.map((code) => `__${code}__`)).toEqual(map.additional_special_tokens);
    expect(codes).toHaveLength(100);
  });

  it('gives every language its names, no two the same', () => {
    for (const key of ['name', 'nativeName'] as const) {
      const names = LANGUAGES.map((language) => language[key]);
      expect(names.every((name) => name.trim() === name && name !== '')).toBe(true);
      expect(new Set(names).size).toBe(100);
    }
  });

  it('rates them by their published BLEU', () => {
    const rated = (code: string): string | undefined =>
      LANGUAGES.find((language) => language.code === code)?.tier;
    expect(['de', 'ja', 'zh', 'sw'].map(rated)).toEqual(Array(4).fill('good'));
    expect(['bn', 'th', 'is', 'tl'].map(rated)).toEqual(Array(4).fill('fair'));
    expect(['cy', 'ha', 'ig', 'xh', 'ta', 'be', 'hy'].map(rated)).toEqual(Array(7).fill('weak'));
    const unusable = 'am ba ga gd gu kn ka kk km so ff tn wo yi yo uz br'.split(' ');
    expect(unusable.map(rated)).toEqual(Array(17).fill('unusable'));
    expect(LANGUAGES.filter(({ tier }) => tier === 'unrated').map(({ code }) => code)).toEqual([
      'mg',
      'ns',
      'or',
    ]);
  });
});

describe('docs/languages.md', () => {
  it('is what the table says', async () => {
    const page = `${HEAD}${languageTable()}\n${FOOT}`;
    const options = { ...(await resolveConfig(PAGE)), filepath: PAGE };
    await expect(await format(page, options)).toMatchFileSnapshot(PAGE);
  });
});

describe('resolveLanguage', () => {
  it.each([
    ['en', 'en'],
    ['EN', 'en'],
    ['en-US', 'en'],
    ['en_US', 'en'],
    ['zh-CN', 'zh'],
    ['zh-Hans', 'zh'],
    ['zh-Hant-TW', 'zh'],
    ['ZH_tw', 'zh'],
    ['cmn', 'zh'],
    ['pt-BR', 'pt'],
    ['sr-Latn', 'sr'],
    ['sh', 'sr'],
    ['iw', 'he'],
    ['in', 'id'],
    ['jw', 'jv'],
    ['ji', 'yi'],
    ['mo', 'ro'],
    ['nb', 'no'],
    ['nb-NO', 'no'],
    ['nn', 'no'],
    ['nob', 'no'],
    ['fil', 'tl'],
    ['fil-PH', 'tl'],
    ['tl', 'tl'],
    ['nso', 'ns'],
    ['ns', 'ns'],
    ['ceb', 'ceb'],
    ['deu', 'de'],
    ['ger', 'de'],
    ['zsm', 'ms'],
    ['pes', 'fa'],
  ])('reads %s as %s', (tag, code) => {
    expect(resolveLanguage(tag, codes)).toBe(code);
    expect(resolveLanguage(tag, new Set(codes))).toBe(code);
  });

  it('reads every code of the model as itself', () => {
    for (const code of codes) expect(resolveLanguage(code, codes)).toBe(code);
  });

  it('gives only what is served', () => {
    expect(resolveLanguage('fr', ['en', 'de'])).toBeUndefined();
    expect(resolveLanguage('nb', ['en', 'de'])).toBeUndefined();
    expect(resolveLanguage('DE-at', ['en', 'de'])).toBe('de');
    expect(resolveLanguage('en', [])).toBeUndefined();
  });

  it.each([
    '',
    ' en',
    'en ',
    'en-',
    '-en',
    'e',
    'english',
    'en--US',
    'en US',
    'en\0',
    'xx',
    'und',
    '__proto__',
    'constructor',
    '__en__',
    '\u212ao',
    'ｅｎ',
    'de.',
    'i-klingon',
    'en-' + 'a'.repeat(9),
    'a'.repeat(1e6),
    'en-' + 'a-'.repeat(5e5),
  ])('knows no language %.24j', (tag) => {
    expect(resolveLanguage(tag, codes)).toBeUndefined();
  });

  it('gives a served code or nothing for any string', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[a-zA-Z]{2,3}([-_][a-zA-Z0-9]{1,8})*$/)),
        (tag) => {
          expect([...codes, undefined]).toContain(resolveLanguage(tag, codes));
        },
      ),
    );
  });
});
