import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AppConfig } from '#libs/config';
import { ServedModel } from '../served-model.js';
import { listLanguages } from './language-list.js';
import { LanguageDto } from './language.dto.js';

@ApiTags('translation')
@Controller('languages')
export class LanguagesController {
  constructor(
    private readonly model: ServedModel,
    private readonly config: AppConfig,
  ) {}

  /** Other codes of a language are for LibreTranslate's clients, which look for theirs letter by letter. */
  @Get()
  @ApiOperation({ summary: 'Languages that the model serves' })
  @ApiOkResponse({ type: [LanguageDto] })
  list(): Pick<LanguageDto, keyof LanguageDto>[] {
    return listLanguages(this.model.manifest, this.config.dialects.includes('libretranslate'));
  }
}
