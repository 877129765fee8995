import type { AppConfig } from '#libs/config';
import type { ServedModel } from '../served-model.js';

/** What is allowed of a request. */
export interface RequestLimits {
  readonly maxTextChars: number;
  readonly maxRecords: number;
  /** Codes of the model. */
  readonly languages: readonly string[];
}

export function requestLimits(
  { maxRecords, maxTextChars }: AppConfig,
  { manifest: { languages } }: ServedModel,
): RequestLimits {
  return { maxRecords, maxTextChars, languages };
}
