import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class DeepLRequestDto {
  @ApiProperty({ type: [String], example: ['Hello, world!'] })
  readonly text!: string[];

  @ApiPropertyOptional({
    type: String,
    description: 'It is detected where there is none.',
    example: 'EN',
  })
  readonly source_lang?: string;

  @ApiProperty({ type: String, example: 'DE' })
  readonly target_lang!: string;

  @ApiPropertyOptional({ type: String, enum: ['0', '1', 'nonewlines'], default: '1' })
  readonly split_sentences?: string;

  @ApiPropertyOptional({ type: String, enum: ['default', 'prefer_more', 'prefer_less'] })
  readonly formality?: string;

  @ApiPropertyOptional({
    type: String,
    enum: ['quality_optimized', 'prefer_quality_optimized', 'latency_optimized'],
    description: '`latency_optimized` is greedy search.',
  })
  readonly model_type?: string;

  @ApiPropertyOptional({ type: Boolean, default: false })
  readonly show_billed_characters?: boolean;

  @ApiPropertyOptional({
    type: String,
    enum: ['html', 'xml'],
    description: 'Tags stay as they are. Without it they are text.',
  })
  readonly tag_handling?: string;

  @ApiPropertyOptional({
    type: String,
    enum: ['v1', 'v2'],
    description: 'Both are the same here. Repeated in the answer.',
  })
  readonly tag_handling_version?: string;

  @ApiPropertyOptional({
    type: [String],
    description:
      'Elements that stay as they are with all that is in them; in a form between commas.',
    example: ['x'],
  })
  readonly ignore_tags?: string[];

  @ApiPropertyOptional({ type: [String], description: 'Elements that part sentences.' })
  readonly splitting_tags?: string[];

  @ApiPropertyOptional({ type: [String], description: 'Elements that never part sentences.' })
  readonly non_splitting_tags?: string[];

  @ApiPropertyOptional({
    type: Boolean,
    default: true,
    description: 'Of XML: whether elements without text beside them part sentences.',
  })
  readonly outline_detection?: boolean;
}

export class DeepLTranslationDto {
  @ApiProperty({ type: String, example: 'EN' })
  readonly detected_source_language!: string;

  @ApiProperty({ type: String, example: 'Hallo, Welt!' })
  readonly text!: string;

  @ApiPropertyOptional({ type: 'integer' })
  readonly billed_characters?: number;

  @ApiPropertyOptional({ type: String, enum: ['quality_optimized', 'latency_optimized'] })
  readonly model_type_used?: string;

  @ApiPropertyOptional({ type: String, enum: ['v1', 'v2'] })
  readonly tag_handling_version?: string;
}

export class DeepLResponseDto {
  @ApiProperty({ type: () => [DeepLTranslationDto] })
  readonly translations!: readonly Pick<DeepLTranslationDto, keyof DeepLTranslationDto>[];
}

export class DeepLLanguageDto {
  @ApiProperty({ type: String, example: 'DE' })
  readonly language!: string;

  @ApiProperty({ type: String, example: 'German' })
  readonly name!: string;

  @ApiPropertyOptional({ type: Boolean, description: 'Of targets.' })
  readonly supports_formality?: boolean;
}

export class DeepLUsageDto {
  @ApiProperty({ type: 'integer', description: 'Since this server has started.' })
  readonly character_count!: number;

  @ApiProperty({ type: 'integer', description: 'There is none: a number that nobody reaches.' })
  readonly character_limit!: number;
}

export class DeepLErrorDto {
  @ApiProperty({ type: String, example: "Value for 'target_lang' not supported: XX." })
  readonly message!: string;

  @ApiProperty({ type: String, example: 'unsupported-language' })
  readonly code!: string;
}
