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
import { assertInvariant } from '#libs/domain';
import { formatServerTiming } from '#libs/observability';
import { timeoutMsOf } from '../http/deadline.js';
import { ApiProblemResponses } from '../http/problem-details.dto.js';
import { problemOf } from '../http/problem-details.js';
import { ProblemReplies } from '../http/problem-replies.js';
import type { LoggedText } from '../http/request-trace.js';
import { ServedModel } from '../served-model.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { NDJSON_MEDIA_TYPE, prefersNdjson } from './accepted-type.js';
import { asTheyFinish } from './as-they-finish.js';
import { failedRecordJson, recordJson } from './record-json.js';
import { TranslationBodyPipe } from './translation-body.pipe.js';
import { TranslationRequestDto, TranslationResponseDto } from './translation.dto.js';
import { StageClock } from './stage-clock.js';
import { readTranslationRequest, type TextToTranslate } from './translation-request.js';
import { type RunningTranslation, TranslationService } from './translation.service.js';

@ApiTags('translation')
@ApiBearerAuth()
@ApiSecurity('key')
@Controller('translation')
@UseGuards(ApiKeyGuard)
export class TranslationController {
  constructor(
    private readonly service: TranslationService,
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
          'Milliseconds by stage: tokenization, queue, inference; and `cache` with its hits, where there are any.',
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
    const { trace } = request;
    assertInvariant(trace != null, 'a request has no trace');
    const timeoutMs = timeoutMsOf(
      request.headers['x-request-timeout-ms'],
      this.config.requestTimeoutMs,
    );
    const { maxTextChars } = this.config;
    const translation = readTranslationRequest(body, maxTextChars, this.model.manifest.languages);
    trace.records = translation.texts.length;
    const failure = new AbortController();
    const clock = new StageClock();
    trace.clock = clock;
    const running = await this.service.start(translation, {
      clock,
      deadlineAtMs: trace.arrivedAtMs + timeoutMs,
      signal: AbortSignal.any([trace.clientGone, failure.signal]),
      ...(trace.caller === undefined ? {} : { caller: trace.caller }),
    });
    trace.translation = running.facts;
    if (this.config.logText === 'on') trace.texts = textsOf(translation.texts, running);
    if (prefersNdjson(request.headers.accept)) {
      await this.#sendLines(translation.texts, running, request, reply);
      return;
    }
    try {
      await sendWhole(running, reply);
    } catch (error) {
      // The answer is all or nothing: what still runs for it is dropped.
      failure.abort();
      throw error;
    }
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
        (translated) => `${recordJson(translated)}\n`,
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

/** Texts with their translations, as far as they come. */
function textsOf(texts: readonly TextToTranslate[], running: RunningTranslation): LoggedText[] {
  return texts.map(({ sourceLanguage, targetLanguage, text }, index) => {
    const logged: LoggedText = {
      from: sourceLanguage,
      to: targetLanguage,
      text,
      translation: undefined,
    };
    running.records[index]?.then(
      ({ text: translation }) => {
        logged.translation = translation;
      },
      // A failure is for whoever answers the request.
      () => undefined,
    );
    return logged;
  });
}

async function sendWhole(running: RunningTranslation, reply: FastifyReply): Promise<void> {
  const records = await Promise.all(running.records);
  await reply
    .code(200)
    .header('server-timing', formatServerTiming(running.facts.stageTimes))
    .type('application/json; charset=utf-8')
    .send(`{"result":[${records.map(recordJson).join(',')}]}`);
}
