import { LANGUAGES } from '#libs/tokenization';

export interface DeepLLanguage {
  readonly language: string;
  readonly name: string;
}

/** DeepL's name for a language where it has another one than the model. */
const CODES: ReadonlyMap<string, string> = new Map([['no', 'NB']]);

/** As targets DeepL's clients insist on a variant; the model has one of each, whichever is asked for. */
const TARGET_VARIANTS: ReadonlyMap<string, readonly DeepLLanguage[]> = new Map([
  [
    'en',
    [
      { language: 'EN-GB', name: 'English (British)' },
      { language: 'EN-US', name: 'English (American)' },
    ],
  ],
  [
    'pt',
    [
      { language: 'PT-BR', name: 'Portuguese (Brazilian)' },
      { language: 'PT-PT', name: 'Portuguese (European)' },
    ],
  ],
  [
    'zh',
    [
      { language: 'ZH', name: 'Chinese' },
      { language: 'ZH-HANS', name: 'Chinese (simplified)' },
    ],
  ],
]);

/** A code of the model as DeepL writes it. */
export function deeplCode(code: string): string {
  return CODES.get(code) ?? code.toUpperCase();
}

export function deeplLanguages(
  type: 'source' | 'target',
  served: readonly string[],
): DeepLLanguage[] {
  return LANGUAGES.filter(({ code }) => served.includes(code)).flatMap(({ code, name }) => {
    const variants = type === 'target' ? TARGET_VARIANTS.get(code) : undefined;
    return variants ?? [{ language: deeplCode(code), name }];
  });
}
