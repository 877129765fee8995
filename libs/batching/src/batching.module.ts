import { type DynamicModule, Module } from '@nestjs/common';
import { InferenceService } from '#libs/inference';
import { BatchingService, type BatchingSettings } from './batching.service.js';

/** The queue in front of the engines that `inference` provides. */
@Module({})
export class BatchingModule {
  static register(settings: BatchingSettings, inference: DynamicModule): DynamicModule {
    return {
      module: BatchingModule,
      imports: [inference],
      providers: [
        {
          provide: BatchingService,
          inject: [InferenceService],
          useFactory: (service: InferenceService) => new BatchingService(service, settings),
        },
      ],
      exports: [BatchingService],
    };
  }
}
