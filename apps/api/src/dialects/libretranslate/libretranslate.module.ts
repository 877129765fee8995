import { type DynamicModule, Module } from '@nestjs/common';
import { LibreTranslateController } from './libretranslate.controller.js';

@Module({})
export class LibreTranslateModule {
  static register(dialects: DynamicModule): DynamicModule {
    return {
      module: LibreTranslateModule,
      imports: [dialects],
      controllers: [LibreTranslateController],
    };
  }
}
