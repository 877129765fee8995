import { type DynamicModule, Module } from '@nestjs/common';
import { DeepLController } from './deepl.controller.js';
import { UsageCounts } from './usage-counts.js';

@Module({})
export class DeepLModule {
  static register(translation: DynamicModule): DynamicModule {
    return {
      module: DeepLModule,
      imports: [translation],
      controllers: [DeepLController],
      providers: [{ provide: UsageCounts, useValue: new UsageCounts() }],
    };
  }
}
