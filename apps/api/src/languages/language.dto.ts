import { ApiProperty } from '@nestjs/swagger';

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
    description: 'How well M2M100 418M writes the language, by its published scores.',
    example: 'good',
  })
  readonly tier!: string;
}
