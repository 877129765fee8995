interface LanguageAlias {
  readonly code: string;
  readonly name: string;
}

/**
 * Codes that LibreTranslate's clients look for in GET /languages, for languages that the model knows by
 * another one. It has one Portuguese, one Norwegian and one Chinese, whose script is mostly the simplified one.
 */
export const ALIASES_BY_LANGUAGE: ReadonlyMap<string, readonly LanguageAlias[]> = new Map([
  ['he', [{ code: 'iw', name: 'Hebrew' }]],
  ['jv', [{ code: 'jw', name: 'Javanese' }]],
  ['no', [{ code: 'nb', name: 'Norwegian Bokmål' }]],
  ['pt', [{ code: 'pt-BR', name: 'Portuguese (Brazil)' }]],
  ['tl', [{ code: 'fil', name: 'Filipino' }]],
  [
    'zh',
    [
      { code: 'zh-Hans', name: 'Chinese (simplified)' },
      { code: 'zh-Hant', name: 'Chinese (traditional)' },
    ],
  ],
]);
