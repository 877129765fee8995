import { Controller, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import {
  ApiBody,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppConfig } from '#libs/config';
import { TRANSLATION_ROUTES } from '#libs/domain';
import { formatServerTiming } from '#libs/observability';
import { ServedModel } from '../../served-model.js';
import { DialectTranslationService } from '../dialect-translation.service.js';
import { requestLimits } from '../request-limits.js';
import { RequestValues } from '../request-values.js';
import { ImmersiveKeyGuard } from './immersive-key.guard.js';
import { readImmersiveRequest } from './immersive-request.js';
import { ImmersiveErrorDto, ImmersiveRequestDto, ImmersiveResponseDto } from './immersive.dto.js';

/** What the browser add-on Immersive Translate sends to a server of one's own ("custom API"). */
@ApiTags('Immersive Translate')
@Controller(TRANSLATION_ROUTES.immersive)
@UseGuards(ImmersiveKeyGuard)
export class ImmersiveController {
  constructor(
    private readonly dialect: DialectTranslationService,
    private readonly model: ServedModel,
    private readonly config: AppConfig,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Translate the paragraphs of a page' })
  @ApiQuery({ name: 'token', required: false, description: 'Where keys are asked for.' })
  @ApiBody({ type: ImmersiveRequestDto })
  @ApiOkResponse({ type: ImmersiveResponseDto })
  @ApiResponse({
    status: 'default',
    type: ImmersiveErrorDto,
    description: 'As for POST /translation.',
  })
  async translate(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Pick<ImmersiveResponseDto, keyof ImmersiveResponseDto>> {
    const limits = requestLimits(this.config, this.model);
    const asked = readImmersiveRequest(RequestValues.of(request), limits);
    const { stageTimes, texts } = await this.dialect.translate(asked, request);
    reply.header('server-timing', formatServerTiming(stageTimes));
    return {
      translations: texts.map(({ sourceLanguage, text }) => ({
        detected_source_lang: sourceLanguage,
        text,
      })),
    };
  }
}
