import { ERROR_CODES, TRANSLATION_ROUTES, type TranslationError } from '#libs/domain';
import type { ErrorAnswer } from '../../http/error-answer.js';
import { errorHeadersOf } from '../../http/problem-details.js';
import { OPEN_TO_PAGES } from '../cross-origin.js';
import type { Dialect } from '../dialect.js';

const PATH = TRANSLATION_ROUTES.immersive;

/** The add-on says nothing of errors; servers for it answer with a sentence in `error`. */
function answerTo(error: TranslationError): ErrorAnswer {
  return {
    status: ERROR_CODES[error.code].status,
    headers: errorHeadersOf(error),
    mediaType: 'application/json',
    body: { error: error.message, code: error.code },
  };
}

export const IMMERSIVE: Dialect = {
  name: 'immersive',
  owns: (path) => path === PATH,
  takesFormsAt: () => false,
  headersAt: (path) => (path === PATH ? OPEN_TO_PAGES : {}),
  refusalAt: () => undefined,
  answerTo,
};
