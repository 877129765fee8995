import { type DynamicModule, Module } from '@nestjs/common';
import { InferenceService } from './inference.service.js';

/** The engines. They are started by whoever made them, before the application or after, and stop with it. */
@Module({})
export class InferenceModule {
  static register(inference: InferenceService): DynamicModule {
    return {
      module: InferenceModule,
      providers: [{ provide: InferenceService, useFactory: () => inference }],
      exports: [InferenceService],
    };
  }
}
