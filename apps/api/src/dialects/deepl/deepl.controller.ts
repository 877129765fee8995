import { Controller, Get, HttpCode, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppConfig } from '#libs/config';
import { formatServerTiming } from '#libs/observability';
import { FORM_MEDIA_TYPES, formOfGet } from '../../http/form-body.js';
import { ServedModel } from '../../served-model.js';
import { type DialectText, DialectTranslationService } from '../dialect-translation.service.js';
import { requestLimits } from '../request-limits.js';
import { invalid, RequestValues } from '../request-values.js';
import { billedCharacters } from './billed-characters.js';
import { DeepLKeyGuard } from './deepl-key.guard.js';
import { deeplCode, deeplLanguages } from './deepl-languages.js';
import { type DeepLRequest, readDeepLRequest } from './deepl-request.js';
import {
  DeepLErrorDto,
  DeepLLanguageDto,
  DeepLRequestDto,
  DeepLResponseDto,
  type DeepLTranslationDto,
  DeepLUsageDto,
} from './deepl.dto.js';
import { UsageCounts } from './usage-counts.js';

/** DeepL's API, version 2, as far as it is about texts. */
@ApiTags('DeepL')
@ApiHeader({
  name: 'Authorization',
  required: false,
  description: '`DeepL-Auth-Key KEY`, where keys are asked for.',
})
@ApiResponse({
  status: 'default',
  type: DeepLErrorDto,
  description:
    '400 for what the caller has to mend, 403 for a wrong key, 404, 413 for what is too large; 429 and 503 with `Retry-After`; 504 where the deadline passed; 500.',
})
@Controller('v2')
@UseGuards(DeepLKeyGuard)
export class DeepLController {
  constructor(
    private readonly dialect: DialectTranslationService,
    private readonly model: ServedModel,
    private readonly config: AppConfig,
    private readonly usageCounts: UsageCounts,
  ) {}

  @Post('translate')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Translate texts',
    description: 'In a form `text` is repeated, and what is true is 1.',
  })
  @ApiConsumes('application/json', ...FORM_MEDIA_TYPES)
  @ApiBody({ type: DeepLRequestDto })
  @ApiOkResponse({ type: DeepLResponseDto })
  async translate(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Pick<DeepLResponseDto, keyof DeepLResponseDto>> {
    const limits = requestLimits(this.config, this.model);
    const asked = readDeepLRequest(RequestValues.of(request), limits);
    const { stageTimes, texts } = await this.dialect.translate(
      { ...asked, ...(asked.modelType === 'latency_optimized' ? { beamSize: 1 } : {}) },
      request,
    );
    reply.header('server-timing', formatServerTiming(stageTimes));
    const translations = texts.map((text, index) =>
      translationOf(text, asked.texts[index] ?? '', asked),
    );
    this.usageCounts.add(request.trace?.caller, asked.texts);
    return { translations };
  }

  @Get('languages')
  @ApiOperation({ summary: 'Languages that the model serves' })
  @ApiQuery({ name: 'type', required: false, enum: ['source', 'target'] })
  @ApiOkResponse({ type: [DeepLLanguageDto] })
  async languages(
    @Query('type') typeInQuery: unknown,
    @Req() request: FastifyRequest,
  ): Promise<Pick<DeepLLanguageDto, keyof DeepLLanguageDto>[]> {
    const { languages } = this.model.manifest;
    const type = typeInQuery ?? (await formOfGet(request)).first('type');
    if (type === undefined || type === 'source') return deeplLanguages('source', languages);
    if (type !== 'target') throw invalid("Value for 'type' not supported.");
    return deeplLanguages('target', languages).map((language) => ({
      ...language,
      supports_formality: false,
    }));
  }

  @Get('usage')
  @ApiOperation({ summary: 'Characters translated for this caller by this server since its start' })
  @ApiOkResponse({ type: DeepLUsageDto })
  usage(@Req() { trace }: FastifyRequest): Pick<DeepLUsageDto, keyof DeepLUsageDto> {
    return {
      character_count: this.usageCounts.of(trace?.caller),
      character_limit: NO_LIMIT,
    };
  }

  @Get('glossary-language-pairs')
  @ApiOperation({ summary: 'Pairs that glossaries can be made for: none' })
  @ApiOkResponse()
  glossaryLanguagePairs(): { supported_languages: [] } {
    return { supported_languages: [] };
  }

  @Get('glossaries')
  @ApiOperation({ summary: 'Glossaries: none' })
  @ApiOkResponse()
  glossaries(): { glossaries: [] } {
    return { glossaries: [] };
  }
}

/** What DeepL shows to those whose use is not limited. */
const NO_LIMIT = 1_000_000_000_000;

function translationOf(
  { sourceLanguage, text }: DialectText,
  source: string,
  { modelType, showsBilledCharacters, sourceAsSent, tagHandlingVersion }: DeepLRequest,
): Pick<DeepLTranslationDto, keyof DeepLTranslationDto> {
  return {
    detected_source_language: sourceAsSent?.toUpperCase() ?? deeplCode(sourceLanguage),
    text,
    ...(showsBilledCharacters ? { billed_characters: billedCharacters(source) } : {}),
    ...(modelType === undefined ? {} : { model_type_used: modelType }),
    ...(tagHandlingVersion === undefined ? {} : { tag_handling_version: tagHandlingVersion }),
  };
}
