import { type DynamicModule, Module } from '@nestjs/common';
import { LibreTranslateController } from './libretranslate.controller.js';

@Module({})
export class LibreTranslateModule {
  static register(translation: DynamicModule): DynamicModule {
    return {
      module: LibreTranslateModule,
      imports: [translation],
      controllers: [LibreTranslateController],
    };
  }
}
