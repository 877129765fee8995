import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AppConfig } from '#libs/config';
import { LANGUAGES, type Language, type LanguageTier } from '#libs/tokenization';
import { ALIASES_BY_LANGUAGE } from '../dialects/libretranslate/language-aliases.js';
import { ServedModel } from '../served-model.js';
import { LanguageDto } from './language.dto.js';

type ListedLanguage = Language & { readonly aliasOf?: string };

@ApiTags('translation')
@Controller('languages')
export class LanguagesController {
  constructor(
    private readonly model: ServedModel,
    private readonly config: AppConfig,
  ) {}

  /**
   * As in LibreTranslate, a language is among its own targets. Where that dialect is on, the other codes of a
   * language have rows of their own, after the languages: its clients look for theirs letter by letter.
   */
  @Get()
  @ApiOperation({ summary: 'Languages that the model serves' })
  @ApiOkResponse({ type: [LanguageDto] })
  list(): Pick<LanguageDto, keyof LanguageDto>[] {
    const { languages: served, release } = this.model.manifest;
    const languages: ListedLanguage[] = LANGUAGES.filter(({ code }) => served.includes(code));
    const aliases = this.config.dialects.includes('libretranslate')
      ? languages.flatMap(aliasesOf)
      : [];
    const targets = [...served, ...aliases.map(({ code }) => code)];
    return [...languages, ...aliases].map((language) => {
      // The figures are those of the released weights; of others nobody has measured anything.
      const tier: LanguageTier = release === undefined ? 'unrated' : language.tier;
      const { aliasOf, code, name, nativeName } = language;
      const row = { code, name, targets, nativeName, tier };
      return aliasOf === undefined ? row : { ...row, aliasOf };
    });
  }
}

function aliasesOf(language: ListedLanguage): ListedLanguage[] {
  const aliases = ALIASES_BY_LANGUAGE.get(language.code) ?? [];
  return aliases.map((alias) => ({ ...language, ...alias, aliasOf: language.code }));
}
