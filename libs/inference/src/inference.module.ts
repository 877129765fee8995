import { type DynamicModule, Module } from '@nestjs/common';
import type { EngineLog } from './engine-log.js';
import { InferenceService, type InferenceSettings } from './inference.service.js';

/** The engines. They are started by whoever starts the application, and stop with it. */
@Module({})
export class InferenceModule {
  static register(settings: InferenceSettings, log: EngineLog): DynamicModule {
    return {
      module: InferenceModule,
      providers: [
        { provide: InferenceService, useFactory: () => new InferenceService(settings, log) },
      ],
      exports: [InferenceService],
    };
  }
}
