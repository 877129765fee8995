import { Injectable, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { AppConfig } from '#libs/config';
import type { FieldFault } from '#libs/domain';
import { errorOfFaults } from '../http/problem-details.js';
import { assertBodyStructure } from './body-structure.js';
import { childPointer } from './json-values.js';
import { TranslationRequestDto } from './translation.dto.js';

/** Turns a parsed body into the DTO, or throws with a JSON pointer for each field that is wrong. */
@Injectable()
export class TranslationBodyPipe implements PipeTransform<unknown, TranslationRequestDto> {
  constructor(private readonly config: AppConfig) {}

  transform(body: unknown): TranslationRequestDto {
    assertBodyStructure(body, this.config.maxRecords);
    const request = plainToInstance(TranslationRequestDto, body);
    const errors = validateSync(request, {
      whitelist: true,
      forbidNonWhitelisted: true,
      stopAtFirstError: true,
      validationError: { target: false, value: false },
    });
    const [first, ...others] = faultsOf(errors, '');
    if (first !== undefined) throw errorOfFaults('invalid-request', [first, ...others]);
    return request;
  }
}

function faultsOf(errors: readonly ValidationError[], parent: string): FieldFault[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }) => {
    const pointer = childPointer(parent, property);
    const own = Object.entries(constraints).map(([name, message]) => ({
      pointer,
      detail: name === 'whitelistValidation' ? 'is no field of this object.' : message,
    }));
    return [...own, ...faultsOf(children, pointer)];
  });
}
