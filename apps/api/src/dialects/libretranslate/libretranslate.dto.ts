import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

const ONE_OR_MORE = [{ type: 'string' }, { type: 'array', items: { type: 'string' } }];

class KeyedDto {
  @ApiPropertyOptional({ type: String, nullable: true, description: 'Where keys are asked for.' })
  readonly api_key?: string | null;
}

export class LibreTranslateRequestDto extends KeyedDto {
  @ApiProperty({
    oneOf: ONE_OR_MORE,
    description: 'The text, or in JSON a list.',
    example: 'Hello!',
  })
  readonly q!: string | string[];

  @ApiProperty({ type: String, description: 'A language code, or `auto`.', example: 'en' })
  readonly source!: string;

  @ApiProperty({ type: String, example: 'de' })
  readonly target!: string;

  @ApiPropertyOptional({
    type: String,
    enum: ['text', 'html'],
    default: 'text',
    description: 'Of `html` the text is translated, and all else stays as it is.',
  })
  readonly format?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    default: 0,
    description: 'How many other translations are wanted.',
  })
  readonly alternatives?: number;
}

export class DetectionDto {
  @ApiProperty({ type: Number, minimum: 0, maximum: 100, example: 92 })
  readonly confidence!: number;

  @ApiProperty({ type: String, example: 'en' })
  readonly language!: string;
}

/** For a list in `q` every field is a list. */
export class LibreTranslateResponseDto {
  @ApiProperty({ oneOf: ONE_OR_MORE, example: 'Hallo!' })
  readonly translatedText!: string | string[];

  @ApiPropertyOptional({ type: () => DetectionDto, description: 'Where `source` was `auto`.' })
  readonly detectedLanguage?:
    Pick<DetectionDto, keyof DetectionDto> | Pick<DetectionDto, keyof DetectionDto>[];

  @ApiPropertyOptional({ type: [String], description: 'Where they were asked for.' })
  readonly alternatives?: readonly string[] | (readonly string[])[];
}

export class DetectRequestDto extends KeyedDto {
  @ApiProperty({ oneOf: ONE_OR_MORE, example: 'Wo ist der Bahnhof?' })
  readonly q!: string | string[];
}

export class LibreTranslateErrorDto {
  @ApiProperty({ type: String, example: 'zz is not supported' })
  readonly error!: string;

  @ApiProperty({ type: String, example: 'unsupported-language' })
  readonly code!: string;
}
