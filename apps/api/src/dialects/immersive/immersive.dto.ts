import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class ImmersiveRequestDto {
  @ApiPropertyOptional({ type: String, default: 'auto', example: 'en' })
  readonly source_lang?: string;

  @ApiProperty({ type: String, example: 'de' })
  readonly target_lang!: string;

  @ApiProperty({ type: [String], example: ['Hello!', 'How are you?'] })
  readonly text_list!: string[];
}

class ImmersiveTranslationDto {
  @ApiProperty({ type: String, example: 'en' })
  readonly detected_source_lang!: string;

  @ApiProperty({ type: String, example: 'Hallo!' })
  readonly text!: string;
}

/** In the order of `text_list`. */
export class ImmersiveResponseDto {
  @ApiProperty({ type: () => [ImmersiveTranslationDto] })
  readonly translations!: readonly Pick<ImmersiveTranslationDto, keyof ImmersiveTranslationDto>[];
}

export class ImmersiveErrorDto {
  @ApiProperty({ type: String, example: 'target_lang is missing; it is a language code.' })
  readonly error!: string;

  @ApiProperty({ type: String, example: 'invalid-request' })
  readonly code!: string;
}
