import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** A language of the model, in LibreTranslate's form and a little more. */
export class LanguageDto {
  @ApiProperty({ type: String, example: 'ja' })
  readonly code!: string;

  @ApiProperty({ type: String, example: 'Japanese' })
  readonly name!: string;

  @ApiProperty({
    type: [String],
    description: 'What it can be translated into.',
    example: ['de', 'en', 'ja'],
  })
  readonly targets!: readonly string[];

  @ApiProperty({ type: String, example: '日本語' })
  readonly nativeName!: string;

  @ApiProperty({
    type: String,
    enum: ['good', 'fair', 'weak', 'unusable', 'unrated'],
    description:
      'How well the model writes the language, by the published scores of M2M100 418M; "unrated" where none was published, and for every model that is no release of M2M100.',
    example: 'good',
  })
  readonly tier!: string;

  @ApiPropertyOptional({
    type: String,
    description:
      'Where the code is another one for a language that has its own row: the code of that row.',
    example: 'zh',
  })
  readonly aliasOf?: string;
}
