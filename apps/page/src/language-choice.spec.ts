import { describe, expect, it } from 'vitest';
import { groupChoices, languageName, tierNote } from './language-choice.js';

function language(code: string, name: string, tier = 'unrated') {
  return { code, name, tier, targets: [] };
}

describe('languageName', () => {
  it("is the browser's word in the user's language, with a capital letter", () => {
    expect(languageName('de', 'German', ['en'])).toBe('German');
    expect(languageName('de', 'German', ['fr-FR'])).toBe('Allemand');
    expect(languageName('ja', 'Japanese', ['de'])).toBe('Japanisch');
  });

  it.each(['xx', 'ns', 'not a code', ''])(
    "is the server's for %j, which browsers do not know",
    (code) => {
      expect(languageName(code, 'northern Sotho', ['en'])).toBe('Northern Sotho');
    },
  );
});

describe('groupChoices', () => {
  it('puts good languages first, each tier in the order of the alphabet', () => {
    const groups = groupChoices(
      [
        language('am', 'Amharic', 'unusable'),
        language('sv', 'Swedish', 'good'),
        language('fr', 'French', 'good'),
        language('mg', 'Malagasy'),
        language('cy', 'Welsh', 'weak'),
      ],
      ['en'],
    );
    expect(
      groups.map(({ heading, choices }) => [heading, choices.map(({ label }) => label)]),
    ).toEqual([
      ['Good quality', ['French', 'Swedish']],
      ['Weak quality', ['Welsh']],
      ['Hardly usable', ['Amharic']],
      ['Quality not rated', ['Malagasy']],
    ]);
  });

  it('makes no groups where nothing is rated', () => {
    const groups = groupChoices([language('en', 'English'), language('de', 'German')], ['de']);
    expect(groups).toEqual([
      {
        heading: undefined,
        choices: [
          expect.objectContaining({ code: 'de', label: 'Deutsch' }),
          expect.objectContaining({ code: 'en', label: 'Englisch' }),
        ],
      },
    ]);
  });

  it('sorts as the user does', () => {
    const groups = groupChoices(
      [language('sv', 'S'), language('az', 'A'), language('et', 'E')],
      ['sv'],
    );
    expect(groups[0]?.choices.map(({ label }) => label)).toEqual([
      'Azerbajdzjanska',
      'Estniska',
      'Svenska',
    ]);
  });
});

describe('tierNote', () => {
  it('says nothing of a language that nobody has rated', () => {
    expect([tierNote('weak'), tierNote('unrated'), tierNote(undefined)]).toEqual([
      'Weak quality',
      undefined,
      undefined,
    ]);
  });
});
