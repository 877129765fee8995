import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { BatchingModule } from '#libs/batching';
import { AppConfig } from '#libs/config';
import { InferenceModule, type InferenceSettings } from '#libs/inference';
import { type Logger, Metrics, type Tracer } from '#libs/observability';
import { Callers } from './callers.js';
import { DrainState } from './drain-state.js';
import { EngineHealth } from './health/engine.health.js';
import { HealthController } from './health/health.controller.js';
import { ProblemReplies } from './http/problem-replies.js';
import { LanguagesController } from './languages/languages.controller.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { ServedModel } from './served-model.js';
import { TranslationController } from './translation/translation.controller.js';
import { TranslationService } from './translation/translation.service.js';

/** What exists before the application does. */
export interface ServiceParts {
  readonly config: AppConfig;
  readonly model: ServedModel;
  readonly engines: InferenceSettings;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly drainState: DrainState;
  readonly replies: ProblemReplies;
  /** Only where traces are sent. */
  readonly tracer: Tracer | undefined;
}

/** The whole service: the one place that knows every module. */
@Module({})
export class AppModule {
  static register(parts: ServiceParts): DynamicModule {
    const { config, engines, logger } = parts;
    const inference = InferenceModule.register(engines, logger);
    const batching = BatchingModule.register(
      {
        windowMs: config.batchWindowMs,
        windowSegments: engines.engine.limits.maxSentences * engines.replicas,
        maxQueueTokens: config.maxQueueTokens,
        maxQueueRequests: config.maxQueueRequests,
        queueOrder: config.queueOrder,
        cacheBytes: config.cacheBytes,
      },
      inference,
    );
    return {
      module: AppModule,
      imports: [inference, batching, TerminusModule.forRoot({ logger: false })],
      controllers: [
        TranslationController,
        LanguagesController,
        HealthController,
        MetricsController,
      ],
      providers: [
        { provide: AppConfig, useValue: config },
        { provide: Callers, useValue: new Callers(config.apiKeys) },
        { provide: ServedModel, useValue: parts.model },
        { provide: Metrics, useValue: parts.metrics },
        { provide: DrainState, useValue: parts.drainState },
        { provide: ProblemReplies, useValue: parts.replies },
        TranslationService,
        EngineHealth,
      ],
    };
  }
}
