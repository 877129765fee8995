import { type DynamicModule, Module } from '@nestjs/common';
import { AppConfig } from '#libs/config';
import { LanguageDetector } from '#libs/detection';
import { Callers } from '../callers.js';
import { DialectTranslationService } from '../dialects/dialect-translation.service.js';
import { ProblemReplies } from '../http/problem-replies.js';
import { RequestSizes } from '../http/request-sizes.js';
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
  readonly sizes: RequestSizes;
}

/** Translating, in the service's own words, and what the dialects need to do it in theirs. */
@Module({})
export class TranslationModule {
  static register(parts: TranslationParts, batching: DynamicModule): DynamicModule {
    const { config, detector, model, replies, sizes } = parts;
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
        TranslationService,
        RequestTranslationService,
      ],
      exports: shared,
    };
  }
}
