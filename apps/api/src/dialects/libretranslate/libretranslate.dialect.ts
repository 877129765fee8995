import { ERROR_CODES, TRANSLATION_ROUTES, type TranslationError } from '#libs/domain';
import type { ErrorAnswer } from '../../http/error-answer.js';
import { errorHeadersOf } from '../../http/problem-details.js';
import { OPEN_TO_PAGES } from '../cross-origin.js';
import type { Dialect } from '../dialect.js';

/** Its own, with what is refused at some. Source: LibreTranslate 1.9.6, `app.py`. */
const PATHS: ReadonlyMap<string, string | undefined> = new Map<string, string | undefined>([
  [TRANSLATION_ROUTES.libretranslate, undefined],
  ['/detect', undefined],
  ['/frontend/settings', undefined],
  ['/suggest', 'Suggestions are disabled on this server.'],
  ['/translate_file', 'Files translation are disabled on this server.'],
  ['/spec', 'There is no Swagger 2.0 here. /openapi.json describes this server in OpenAPI 3.'],
]);
const FILES = '/download_file/';
/** The service's own, which answer as LibreTranslate does. */
const SHARED_PATHS: readonly string[] = ['/languages', '/health'];

/**
 * Clients show the sentence in `error`; `code` and `Retry-After` are for programs. Everything that the caller
 * has to mend is 400, as in LibreTranslate.
 */
function answerTo(error: TranslationError): ErrorAnswer {
  return {
    status: statusOf(error),
    headers: errorHeadersOf(error),
    mediaType: 'application/json',
    body: { error: error.message, code: error.code },
  };
}

function statusOf({ code }: TranslationError): number {
  const { outcome, status } = ERROR_CODES[code];
  if (code === 'unauthorized' || code === 'not-offered') return 403;
  return outcome === 'invalid' && ![404, 405, 408, 431].includes(status) ? 400 : status;
}

export const LIBRETRANSLATE: Dialect = {
  name: 'libretranslate',
  owns: (path) => PATHS.has(path) || path.startsWith(FILES),
  takesFormsAt: (path) => LIBRETRANSLATE.owns(path) || SHARED_PATHS.includes(path),
  headersAt: (path) =>
    LIBRETRANSLATE.owns(path) || SHARED_PATHS.includes(path) ? OPEN_TO_PAGES : {},
  refusalAt: (path) => PATHS.get(path.startsWith(FILES) ? '/translate_file' : path),
  answerTo,
};
