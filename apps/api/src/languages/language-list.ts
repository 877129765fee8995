import type { Manifest } from '#libs/prepared-model';
import { LANGUAGES, type Language } from '#libs/tokenization';
import { ALIASES_BY_LANGUAGE } from '../dialects/libretranslate/language-aliases.js';
import type { LanguageDto } from './language.dto.js';

type ListedLanguage = Language & { readonly aliasOf?: string };

/**
 * The languages of a model in LibreTranslate's form; each is among its own targets.
 *
 * @param hasAliases whether other codes of a language get rows of their own, after the languages
 */
export function listLanguages(
  { languages: served, release }: Manifest,
  hasAliases: boolean,
): Pick<LanguageDto, keyof LanguageDto>[] {
  const languages: ListedLanguage[] = LANGUAGES.filter(({ code }) => served.includes(code));
  const aliases = hasAliases ? languages.flatMap(aliasesOf) : [];
  const targets = [...served, ...aliases.map(({ code }) => code)];
  return [...languages, ...aliases].map(({ aliasOf, code, name, nativeName, tier }) => {
    // The figures are those of the released weights; of others nobody has measured anything.
    const shownTier = release === undefined ? 'unrated' : tier;
    const row = { code, name, targets, nativeName, tier: shownTier };
    return aliasOf === undefined ? row : { ...row, aliasOf };
  });
}

function aliasesOf(language: ListedLanguage): ListedLanguage[] {
  const aliases = ALIASES_BY_LANGUAGE.get(language.code) ?? [];
  return aliases.map((alias) => ({ ...language, ...alias, aliasOf: language.code }));
}
