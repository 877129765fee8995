import { describe, expect, it } from 'vitest';
import { initialPair, withSource, withTarget } from './language-pair.js';

const codes = ['de', 'en', 'ja'];
const languages = codes.map((code) => ({ code, name: code, tier: 'good', targets: codes }));

describe('initialPair', () => {
  it.each([
    ["from whatever it is into the user's language", {}, ['ja-JP', 'en'], 'auto', 'ja'],
    ['into English where theirs is not served', {}, ['fr-FR'], 'auto', 'en'],
    ['as it was chosen last', { from: 'ja', to: 'de' }, ['en'], 'ja', 'de'],
    ['never between one and the same', { from: 'en' }, ['en-GB'], 'en', 'de'],
    ['without what is not served any more', { from: 'fr', to: 'xx' }, ['de'], 'auto', 'de'],
  ] as const)('is %s', (_title, last, locales, from, to) => {
    expect(initialPair(languages, last, locales)).toEqual({ from, to });
  });

  it('is the only language there is, both times where it has been chosen', () => {
    const only = languages.slice(0, 1);
    expect(initialPair(only, { from: 'de' }, ['en'])).toEqual({ from: 'de', to: 'de' });
  });
});

describe('choosing', () => {
  it('swaps where the other side has the language already', () => {
    expect(withSource({ from: 'de', to: 'en' }, 'en', languages)).toEqual({ from: 'en', to: 'de' });
    expect(withTarget({ from: 'de', to: 'en' }, 'de')).toEqual({ from: 'en', to: 'de' });
  });

  it('leaves the other side alone where it can', () => {
    expect(withSource({ from: 'de', to: 'en' }, 'ja', languages)).toEqual({ from: 'ja', to: 'en' });
    expect(withTarget({ from: 'auto', to: 'en' }, 'de')).toEqual({ from: 'auto', to: 'de' });
    expect(withSource({ from: 'de', to: 'en' }, 'auto', languages)).toEqual({
      from: 'auto',
      to: 'en',
    });
  });

  it('finds another target where the old one was the detected source, or is not offered', () => {
    expect(withSource({ from: 'auto', to: 'en' }, 'en', languages)).toEqual({
      from: 'en',
      to: 'de',
    });
    const onlyJapanese = [{ code: 'de', name: 'de', tier: 'good', targets: ['ja'] }];
    expect(withSource({ from: 'en', to: 'en' }, 'de', onlyJapanese)).toEqual({
      from: 'de',
      to: 'ja',
    });
  });
});
