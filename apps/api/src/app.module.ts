import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { BatchingModule } from '#libs/batching';
import type { AppConfig, DialectName } from '#libs/config';
import type { LanguageDetector } from '#libs/detection';
import { InferenceModule, type InferenceService } from '#libs/inference';
import { type Logger, Metrics, type Tracer } from '#libs/observability';
import { DeepLModule } from './dialects/deepl/deepl.module.js';
import type { Dialect } from './dialects/dialect.js';
import { ImmersiveModule } from './dialects/immersive/immersive.module.js';
import { LibreTranslateModule } from './dialects/libretranslate/libretranslate.module.js';
import { DrainState } from './drain-state.js';
import { EngineHealth } from './health/engine.health.js';
import { HealthController } from './health/health.controller.js';
import type { ProblemReplies } from './http/problem-replies.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { PageController } from './page/page.controller.js';
import { PageFiles } from './page/page-files.js';
import type { ServedModel } from './served-model.js';
import type { SilentConnections } from './silent-connections.js';
import { TranslationModule } from './translation/translation.module.js';

/** What exists before the application does. */
export interface ServiceParts {
  readonly config: AppConfig;
  readonly model: ServedModel;
  readonly dialects: readonly Dialect[];
  readonly detector: LanguageDetector;
  readonly inference: InferenceService;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly drainState: DrainState;
  readonly silentConnections: SilentConnections;
  readonly replies: ProblemReplies;
  /** Only where traces are sent. */
  readonly tracer: Tracer | undefined;
  /** Only where there is to be a page. */
  readonly page: PageFiles | undefined;
}

const DIALECT_MODULES: Readonly<
  Record<DialectName, { register(translation: DynamicModule): DynamicModule }>
> = { libretranslate: LibreTranslateModule, deepl: DeepLModule, immersive: ImmersiveModule };

/** The whole service: the one place that knows every module. */
@Module({})
export class AppModule {
  static register(parts: ServiceParts): DynamicModule {
    const { config } = parts;
    const { engine, replicas } = parts.inference.settings;
    const inference = InferenceModule.register(parts.inference);
    const batching = BatchingModule.register(
      {
        windowMs: config.batchWindowMs,
        windowSegments: engine.limits.maxSentences * replicas,
        maxQueueTokens: config.maxQueueTokens,
        maxQueueRequests: config.maxQueueRequests,
        queueOrder: config.queueOrder,
        cacheBytes: config.cacheBytes,
      },
      inference,
    );
    const translation = TranslationModule.register(parts, batching);
    return {
      module: AppModule,
      imports: [
        inference,
        batching,
        translation,
        ...config.dialects.map((name) => DIALECT_MODULES[name].register(translation)),
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [
        HealthController,
        MetricsController,
        ...(parts.page === undefined ? [] : [PageController]),
      ],
      providers: [
        { provide: Metrics, useValue: parts.metrics },
        { provide: DrainState, useValue: parts.drainState },
        { provide: PageFiles, useValue: parts.page },
        EngineHealth,
      ],
    };
  }
}
