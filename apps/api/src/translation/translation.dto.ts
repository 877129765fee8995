import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Min, ValidateBy, ValidateNested } from 'class-validator';
import type { ValidationArguments } from 'class-validator';
import { ExactNumber } from '../http/exact-number.js';
import { kindOf } from './json-values.js';

/** A fault in words: what the field is, and what it has to be. */
function hasToBe(what: string): { message: (argument: ValidationArguments) => string } {
  return { message: ({ value }) => `is ${kindOf(value)}; it has to be ${what}.` };
}

/** A string or a finite number. */
export type RecordId = string | number | ExactNumber;

function IsRecordId(): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isRecordId',
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' || Number.isFinite(value) || value instanceof ExactNumber,
      },
    },
    hasToBe('a string or a finite number'),
  );
}

export class RecordDto {
  @ApiProperty({
    description: 'Any string or number; it comes back with its record, of the same type.',
    oneOf: [{ type: 'string' }, { type: 'number' }],
    example: '123',
  })
  @IsRecordId()
  readonly id!: RecordId;

  @ApiProperty({ type: String, example: 'Life is like a box of chocolates.' })
  @IsString(hasToBe('a string'))
  readonly text!: string;

  @ApiPropertyOptional({ type: String, description: "Over the payload's.", example: 'en' })
  @IsOptional()
  @IsString(hasToBe('a language code'))
  readonly fromLang?: string;

  @ApiPropertyOptional({ type: String, description: "Over the payload's.", example: 'ja' })
  @IsOptional()
  @IsString(hasToBe('a language code'))
  readonly toLang?: string;
}

export class OptionsDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    description: 'Beams of the search; 1 is greedy, the fastest.',
    example: 5,
  })
  @IsOptional()
  @IsInt(hasToBe('a whole number from 1'))
  @Min(1, hasToBe('a whole number from 1'))
  readonly beamSize?: number;
}

export class PayloadDto {
  @ApiProperty({
    type: String,
    description:
      'The language of the texts: a code of GET /languages, a BCP 47 tag in any case, or `auto` to have it detected for each record.',
    example: 'en',
  })
  @IsString(hasToBe('a language code'))
  readonly fromLang!: string;

  @ApiProperty({ type: String, description: 'The language to translate into.', example: 'ja' })
  @IsString(hasToBe('a language code'))
  readonly toLang!: string;

  @ApiProperty({ type: () => [RecordDto] })
  @Type(() => RecordDto)
  @ValidateNested({ each: true })
  readonly records!: RecordDto[];

  @ApiPropertyOptional({ type: () => OptionsDto })
  @IsOptional()
  @Type(() => OptionsDto)
  @ValidateNested()
  readonly options?: OptionsDto;
}

/** The body of `POST /translation`. */
export class TranslationRequestDto {
  @ApiProperty({ type: () => PayloadDto })
  @Type(() => PayloadDto)
  @ValidateNested()
  readonly payload!: PayloadDto;
}

export class DetectedLanguageDto {
  @ApiProperty({ type: String, example: 'en' })
  readonly language!: string;

  @ApiProperty({ type: Number, minimum: 0, maximum: 1, example: 0.98 })
  readonly confidence!: number;
}

export class TranslatedRecordDto {
  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'number' }], example: '123' })
  readonly id!: string | number;

  @ApiProperty({ type: String, example: '人生はチョコレートの箱のようなものだ。' })
  readonly text!: string;

  @ApiPropertyOptional({
    type: () => DetectedLanguageDto,
    description: 'Where the source language was `auto`.',
  })
  readonly detectedLanguage?: DetectedLanguageDto;

  @ApiPropertyOptional({
    type: Boolean,
    description:
      'Present and true where a word was too long for the model and its translation is cut.',
  })
  readonly truncated?: true;
}

/** The answer of `POST /translation`, records in the order sent. */
export class TranslationResponseDto {
  @ApiProperty({ type: () => [TranslatedRecordDto] })
  readonly result!: TranslatedRecordDto[];
}
