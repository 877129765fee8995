import { type DynamicModule, Module } from '@nestjs/common';
import { ImmersiveController } from './immersive.controller.js';

@Module({})
export class ImmersiveModule {
  static register(translation: DynamicModule): DynamicModule {
    return {
      module: ImmersiveModule,
      imports: [translation],
      controllers: [ImmersiveController],
    };
  }
}
