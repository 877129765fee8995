import { type DynamicModule, Module } from '@nestjs/common';
import { BatchingService } from '#libs/batching';
import { AppConfig } from '#libs/config';
import { LanguageDetector } from '#libs/detection';
import { Callers } from '../callers.js';
import { DialectTranslationService } from '../dialects/dialect-translation.service.js';
import { ProblemReplies } from '../http/problem-replies.js';
import { RequestSizes } from '../http/request-sizes.js';
import { UnreadGate } from '../http/unread-gate.js';
import { LanguagesController } from '../languages/languages.controller.js';
import { ServedModel } from '../served-model.js';
import { RequestTranslationService } from './request-translation.service.js';
import { TranslationController } from './translation.controller.js';
import { TranslationService } from './translation.service.js';

interface TranslationParts {
  readonly config: AppConfig;
  readonly model: ServedModel;
  readonly detector: LanguageDetector;
  readonly replies: ProblemReplies;
}

/** Translating, in the service's own words, and what the dialects need to do it in theirs. */
@Module({})
export class TranslationModule {
  static register(parts: TranslationParts, batching: DynamicModule): DynamicModule {
    const { config, detector, model, replies } = parts;
    const sizes = new RequestSizes();
    const shared = [
      { provide: AppConfig, useValue: config },
      { provide: Callers, useValue: new Callers(config.apiKeys) },
      { provide: ServedModel, useValue: model },
      { provide: LanguageDetector, useValue: detector },
      DialectTranslationService,
    ];
    return {
      module: TranslationModule,
      imports: [batching],
      controllers: [TranslationController, LanguagesController],
      providers: [
        ...shared,
        { provide: ProblemReplies, useValue: replies },
        { provide: RequestSizes, useValue: sizes },
        {
          provide: UnreadGate,
          useFactory: (queue: BatchingService) => new UnreadGate(queue, sizes, config),
          inject: [BatchingService],
        },
        TranslationService,
        RequestTranslationService,
      ],
      exports: shared,
    };
  }
}
