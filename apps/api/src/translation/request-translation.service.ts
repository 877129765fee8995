import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppConfig } from '#libs/config';
import { assertInvariant } from '#libs/domain';
import { requestBounds } from '../http/request-bounds.js';
import { RequestSizes } from '../http/request-sizes.js';
import type { LoggedText } from '../http/request-trace.js';
import { UnreadGate } from '../http/unread-gate.js';
import { StageClock } from './stage-clock.js';
import type { TextToTranslate, TranslationRequest } from './translation-request.js';
import {
  type RunningTranslation,
  type TranslatedRecord,
  TranslationService,
} from './translation.service.js';

/** A translation that runs for a request over HTTP. */
export interface StartedTranslation extends RunningTranslation {
  /** All records or the first failure; what still runs is dropped then. */
  whole(): Promise<TranslatedRecord[]>;
}

/** Translates within the bounds of a request over HTTP, and notes in its trace what becomes of it. */
@Injectable()
export class RequestTranslationService {
  constructor(
    private readonly service: TranslationService,
    private readonly gate: UnreadGate,
    private readonly sizes: RequestSizes,
    private readonly config: AppConfig,
  ) {}

  /** Rejects with a `TranslationError` where no work was taken. */
  async start(
    translation: TranslationRequest,
    request: FastifyRequest,
  ): Promise<StartedTranslation> {
    const { trace } = request;
    assertInvariant(trace != null, 'a request has no trace');
    const bounds = requestBounds(request, this.config.requestTimeoutMs);
    // Whose it is was not known when it came; it is not tokenized in vain.
    if (bounds.caller !== undefined) this.gate.assertTakes(request);
    const { arrivedAtMs, enteredAtMs = arrivedAtMs } = trace;
    const clock = new StageClock({ arrivedAtMs, enteredAtMs });
    trace.clock = clock;
    const running = await this.service.start(translation, { ...bounds, clock });
    trace.translation = running.facts;
    this.sizes.learn(
      request,
      running.facts.records.reduce((sum, { source }) => sum + source, 0),
    );
    if (this.config.logText === 'on') trace.texts = textsOf(translation.texts, running);
    const whole = async (): Promise<TranslatedRecord[]> => {
      try {
        return await Promise.all(running.records);
      } catch (error) {
        trace.work.abort();
        throw error;
      }
    };
    return { ...running, whole };
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
