import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LANGUAGES, type LanguageTier } from '#libs/tokenization';
import { ServedModel } from '../served-model.js';
import { LanguageDto } from './language.dto.js';

@ApiTags('translation')
@Controller('languages')
export class LanguagesController {
  constructor(private readonly model: ServedModel) {}

  /** As in LibreTranslate, a language is among its own targets. */
  @Get()
  @ApiOperation({ summary: 'Languages that the model serves' })
  @ApiOkResponse({ type: [LanguageDto] })
  list(): Pick<LanguageDto, keyof LanguageDto>[] {
    const { languages: served, release } = this.model.manifest;
    return LANGUAGES.filter(({ code }) => served.includes(code)).map((language) => {
      const { code, name, nativeName } = language;
      // The figures are those of the released weights; of others nobody has measured anything.
      const tier: LanguageTier = release === undefined ? 'unrated' : language.tier;
      return { code, name, targets: served, nativeName, tier };
    });
  }
}
