import { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppConfig } from '#libs/config';
import { LanguageDetector } from '#libs/detection';
import { TRANSLATION_ROUTES } from '#libs/domain';
import { formatServerTiming } from '#libs/observability';
import { ApiProblemResponses } from '../http/problem-details.dto.js';
import { problemOf } from '../http/problem-details.js';
import { ProblemReplies } from '../http/problem-replies.js';
import { ServedModel } from '../served-model.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { NDJSON_MEDIA_TYPE, prefersNdjson } from './accepted-type.js';
import { asTheyFinish } from './as-they-finish.js';
import { detectLanguages } from './detect-languages.js';
import { failedRecordJson, recordJson } from './record-json.js';
import {
  RequestTranslationService,
  type StartedTranslation,
} from './request-translation.service.js';
import { TranslationBodyPipe } from './translation-body.pipe.js';
import { TranslationRequestDto, TranslationResponseDto } from './translation.dto.js';
import { readTranslationRequest, type TextToTranslate } from './translation-request.js';
import type { RunningTranslation } from './translation.service.js';

@ApiTags('translation')
@ApiBearerAuth()
@ApiSecurity('key')
@Controller(TRANSLATION_ROUTES.own)
@UseGuards(ApiKeyGuard)
export class TranslationController {
  constructor(
    private readonly translations: RequestTranslationService,
    private readonly detector: LanguageDetector,
    private readonly model: ServedModel,
    private readonly config: AppConfig,
    private readonly replies: ProblemReplies,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Translate records',
    description:
      'Records come back in the order sent. With `Accept: application/x-ndjson` each comes as a line of its own, as soon as it is finished: `{"id","text"}`, or `{"id","error"}` with problem details.',
  })
  @ApiBody({ type: TranslationRequestDto })
  @ApiHeader({
    name: 'X-Request-Timeout-Ms',
    required: false,
    description: "Shortens the server's deadline; a whole number of milliseconds.",
    schema: { type: 'integer', minimum: 1 },
  })
  @ApiHeader({
    name: 'X-Request-Id',
    required: false,
    description: 'Comes back in the answer and stands in the log; one is made where none is given.',
  })
  @ApiOkResponse({
    type: TranslationResponseDto,
    headers: {
      'Server-Timing': {
        description:
          'Milliseconds by stage: tokenization, queue, inference; `batch` with the most sentences that one was decoded together with; `cache` with its hits, where there are any.',
        schema: { type: 'string' },
      },
    },
  })
  @ApiProblemResponses()
  async translate(
    @Body(TranslationBodyPipe) body: TranslationRequestDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { maxTextChars } = this.config;
    const asSent = readTranslationRequest(body, maxTextChars, this.model.manifest.languages);
    if (request.trace) request.trace.records = asSent.texts.length;
    const texts = await detectLanguages(asSent.texts, this.detector);
    const started = await this.translations.start({ ...asSent, texts }, request);
    if (prefersNdjson(request.headers.accept))
      await this.#sendLines(texts, started, request, reply);
    else await sendWhole(texts, started, reply);
  }

  /** Each record by itself, as it finishes; a slow reader holds up nobody but itself. */
  async #sendLines(
    texts: readonly TextToTranslate[],
    running: RunningTranslation,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const lines = running.records.map((record, index) =>
      record.then(
        (translated) => `${recordJson(translated, texts[index]?.detected)}\n`,
        (reason: unknown) => {
          const error = this.replies.errorOf(reason, request);
          if (request.trace) request.trace.errorCode ??= error.code;
          return `${failedRecordJson(texts[index]?.id ?? '', problemOf(error, request.id))}\n`;
        },
      ),
    );
    await reply
      .code(200)
      .type(NDJSON_MEDIA_TYPE)
      .send(Readable.from(asTheyFinish(lines)));
  }
}

async function sendWhole(
  texts: readonly TextToTranslate[],
  started: StartedTranslation,
  reply: FastifyReply,
): Promise<void> {
  const records = await started.whole();
  const result = records.map((record, index) => recordJson(record, texts[index]?.detected));
  await reply
    .code(200)
    .header('server-timing', formatServerTiming(started.facts.stageTimes))
    .type('application/json; charset=utf-8')
    .send(`{"result":[${result.join(',')}]}`);
}
