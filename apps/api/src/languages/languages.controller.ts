import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LANGUAGES } from '#libs/tokenization';
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
    const { languages: served } = this.model.manifest;
    return LANGUAGES.filter(({ code }) => served.includes(code)).map(
      ({ code, name, nativeName, tier }) => ({ code, name, targets: served, nativeName, tier }),
    );
  }
}
