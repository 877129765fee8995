import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { ERROR_CODES, type ErrorCode } from '#libs/domain';
import { PROBLEM_MEDIA_TYPE, problemTypeOf } from './problem-details.js';

class FieldFaultDto {
  @ApiProperty({ type: String, example: '/payload/records/3/text' })
  readonly pointer!: string;

  @ApiProperty({ type: String, example: 'is missing; it has to be a string.' })
  readonly detail!: string;
}

/** How the documentation shows RFC 9457's problem details. */
class ProblemDetailsDto {
  @ApiProperty({ type: String, format: 'uri', example: problemTypeOf('invalid-request') })
  readonly type!: string;

  @ApiProperty({ type: String, example: ERROR_CODES['invalid-request'].title })
  readonly title!: string;

  @ApiProperty({ type: 'integer', example: ERROR_CODES['invalid-request'].status })
  readonly status!: number;

  @ApiProperty({
    type: String,
    example: '/payload/records/3/text is missing; it has to be a string.',
  })
  readonly detail!: string;

  @ApiProperty({ type: String, description: 'The request id.', example: '5f2c7d1e' })
  readonly instance!: string;

  @ApiPropertyOptional({ type: () => [FieldFaultDto] })
  readonly errors?: FieldFaultDto[];
}

/** Codes that a request to POST /translation can end with, but for those that reach no client. */
const TRANSLATION_ERRORS = (Object.keys(ERROR_CODES) as ErrorCode[]).filter(
  (code) => !['not-found', 'not-offered', 'method-not-allowed', 'client-closed'].includes(code),
);

/** Documents every error answer of POST /translation, from the table. */
export function ApiProblemResponses(): MethodDecorator {
  const codesByStatus = new Map<number, ErrorCode[]>();
  for (const code of TRANSLATION_ERRORS) {
    const { status } = ERROR_CODES[code];
    codesByStatus.set(status, [...(codesByStatus.get(status) ?? []), code]);
  }
  const responses = [...codesByStatus].map(([status, codes]) =>
    ApiResponse({
      status,
      description: codes.map((code) => `${ERROR_CODES[code].title} (\`${code}\`)`).join('; '),
      content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: getSchemaPath(ProblemDetailsDto) } } },
    }),
  );
  return applyDecorators(ApiExtraModels(ProblemDetailsDto), ...responses);
}
