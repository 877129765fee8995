import type { DetectedLanguage } from '#libs/detection';
import { ExactNumber } from '../http/exact-number.js';
import type { ProblemDetails } from '../http/problem-details.js';
import type { RecordId } from './translation.dto.js';
import type { TranslatedRecord } from './translation.service.js';

/** One record of an answer. Written by hand for the sake of numbers that no double holds. */
export function recordJson(
  { id, text, truncated }: TranslatedRecord,
  detectedLanguage: DetectedLanguage | undefined,
): string {
  const detected =
    detectedLanguage === undefined ? '' : `,"detectedLanguage":${JSON.stringify(detectedLanguage)}`;
  const mark = truncated ? ',"truncated":true' : '';
  return `{"id":${idJson(id)},"text":${JSON.stringify(text)}${detected}${mark}}`;
}

/** One record of a stream that failed. */
export function failedRecordJson(id: RecordId, error: ProblemDetails): string {
  return `{"id":${idJson(id)},"error":${JSON.stringify(error)}}`;
}

function idJson(id: RecordId): string {
  return id instanceof ExactNumber ? id.literal : JSON.stringify(id);
}
