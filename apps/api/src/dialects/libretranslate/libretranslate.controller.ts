import { Controller, Get, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiExcludeEndpoint,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppConfig } from '#libs/config';
import { type DetectedLanguage, fallbackLanguage, LanguageDetector } from '#libs/detection';
import { TRANSLATION_ROUTES } from '#libs/domain';
import { formatServerTiming } from '#libs/observability';
import { FORM_MEDIA_TYPES } from '../../http/form-body.js';
import { listLanguages } from '../../languages/language-list.js';
import { ServedModel } from '../../served-model.js';
import { AUTO } from '../../translation/translation-request.js';
import { type DialectText, DialectTranslationService } from '../dialect-translation.service.js';
import { averageDetections } from './average-detections.js';
import { LibreTranslateKeyGuard } from './libretranslate-key.guard.js';
import { languageName, readTexts, readTranslateRequest } from './libretranslate-request.js';
import {
  DetectionDto,
  DetectRequestDto,
  LibreTranslateErrorDto,
  LibreTranslateRequestDto,
  LibreTranslateResponseDto,
} from './libretranslate.dto.js';
import { type RequestLimits, requestLimits } from '../request-limits.js';
import { RequestValues } from '../request-values.js';

const MAX_DETECTIONS = 3;
/** How long LibreTranslate's page waits for more typing, in milliseconds. */
const FRONTEND_TIMEOUT_MS = 500;

/** An answer in the shape of its class, which is there for the documentation. */
type Plain<Dto> = Pick<Dto, keyof Dto>;

/** LibreTranslate's API, version 1.9.6, as its clients use it. GET /languages and /health are the service's own. */
@ApiTags('LibreTranslate')
@Controller()
export class LibreTranslateController {
  constructor(
    private readonly dialect: DialectTranslationService,
    private readonly detector: LanguageDetector,
    private readonly model: ServedModel,
    private readonly config: AppConfig,
  ) {}

  @Post(TRANSLATION_ROUTES.libretranslate)
  @HttpCode(200)
  @UseGuards(LibreTranslateKeyGuard)
  @ApiOperation({
    summary: 'Translate one text or a list',
    description: 'Fields may stand in the query as well.',
  })
  @ApiConsumes('application/json', ...FORM_MEDIA_TYPES)
  @ApiBody({ type: LibreTranslateRequestDto })
  @ApiOkResponse({ type: LibreTranslateResponseDto })
  @ApiLibreTranslateErrors()
  async translate(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Plain<LibreTranslateResponseDto>> {
    const asked = readTranslateRequest(RequestValues.of(request), this.#limits);
    const { stageTimes, texts } = await this.dialect.translate(asked, request);
    reply.header('server-timing', formatServerTiming(stageTimes));
    const one = <Value>(values: Value[]): Value | Value[] =>
      asked.isList ? values : (values[0] as Value);
    return {
      translatedText: one(texts.map(({ text }) => text)),
      ...(asked.sourceLanguage === undefined
        ? { detectedLanguage: one(texts.map(detectionOf)) }
        : {}),
      ...(asked.alternatives > 0
        ? { alternatives: one(texts.map(({ alternatives }) => alternatives)) }
        : {}),
    };
  }

  @Post('detect')
  @HttpCode(200)
  @UseGuards(LibreTranslateKeyGuard)
  @ApiOperation({ summary: 'Detect the language of a text' })
  @ApiConsumes('application/json', ...FORM_MEDIA_TYPES)
  @ApiBody({ type: DetectRequestDto })
  @ApiOkResponse({ type: [DetectionDto], description: 'Best first, three at most.' })
  @ApiLibreTranslateErrors()
  detect(@Req() request: FastifyRequest): Plain<DetectionDto>[] {
    const { texts } = readTexts(RequestValues.of(request), this.#limits);
    const detections = texts.map((text) => this.detector.detect(text));
    return averageDetections(detections).slice(0, MAX_DETECTIONS).map(percentOf);
  }

  /** Older clients post for it (libretranslatepy 2.1.1). */
  @Post('languages')
  @HttpCode(200)
  @ApiExcludeEndpoint()
  languages(): ReturnType<typeof listLanguages> {
    return listLanguages(this.model.manifest, true);
  }

  @Get('frontend/settings')
  @ApiOperation({ summary: 'What a page has to know of the server' })
  @ApiOkResponse()
  settings(): object {
    const { apiKeys, maxTextChars } = this.config;
    const target = fallbackLanguage(this.model.manifest.languages);
    return {
      charLimit: maxTextChars,
      frontendTimeout: FRONTEND_TIMEOUT_MS,
      apiKeys: apiKeys.length > 0,
      keyRequired: apiKeys.length > 0,
      suggestions: false,
      filesTranslation: false,
      supportedFilesFormat: [],
      language: {
        source: { code: AUTO, name: 'Auto Detect' },
        target: { code: target, name: languageName(target) },
      },
    };
  }

  get #limits(): RequestLimits {
    return requestLimits(this.config, this.model);
  }
}

function detectionOf({ detected, sourceLanguage }: DialectText): Plain<DetectionDto> {
  return percentOf(detected ?? { language: sourceLanguage, confidence: 1 });
}

function percentOf({ confidence, language }: DetectedLanguage): Plain<DetectionDto> {
  return { confidence: Math.round(1000 * confidence) / 10, language };
}

function ApiLibreTranslateErrors(): MethodDecorator {
  return ApiResponse({
    status: 'default',
    type: LibreTranslateErrorDto,
    description:
      '400 for whatever the caller has to mend, 403 for a wrong key; 429 and 503 with `Retry-After`; 504 where the deadline passed; 500.',
  });
}
