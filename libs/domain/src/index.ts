export { ERROR_CODES, type ErrorCode, type ErrorCodeRow } from './error-codes.js';
export {
  DEFAULT_GENERATION_OPTIONS,
  findGenerationOptionsFault,
  type GenerationOptions,
} from './generation-options.js';
export type { Hypothesis } from './hypothesis.js';
export {
  assertInvariant,
  type FieldFault,
  InvariantError,
  OperatorError,
  TranslationError,
  type TranslationErrorDetails,
} from './translation-error.js';
export { PAGE_PLACES } from './page-places.js';
export { TRANSLATION_ROUTES } from './translation-routes.js';
