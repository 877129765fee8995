import {
  ERROR_CODES,
  type ErrorCode,
  TRANSLATION_ROUTES,
  type TranslationError,
} from '#libs/domain';
import type { ErrorAnswer } from '../../http/error-answer.js';
import { errorHeadersOf } from '../../http/problem-details.js';
import type { Dialect } from '../dialect.js';

const ROUTES: readonly string[] = [
  TRANSLATION_ROUTES.deepl,
  '/v2/languages',
  '/v2/usage',
  '/v2/glossary-language-pairs',
  '/v2/glossaries',
];

/** Beginnings of addresses, with what is said there. Source: DeepL's OpenAPI document 3.11.0. */
const REFUSALS: readonly (readonly [start: string, refusal: string])[] = [
  ['/v2/document', 'This server does not translate documents.'],
  ['/v2/write/', 'This server does not rephrase or correct texts.'],
  ['/v2/glossaries/', 'This server has no glossaries.'],
  ['/v2/admin/', 'This server is not administrated here.'],
  ['/v3/', 'This server speaks version 2 of the DeepL API, and not version 3.'],
];

const DEEPL_PATH = /^\/v[23]\//;

/** `message` is what DeepL's clients show; `code` is for programs. */
function answerTo(error: TranslationError): ErrorAnswer {
  return {
    status: STATUSES[error.code] ?? ERROR_CODES[error.code].status,
    headers: errorHeadersOf(error),
    mediaType: 'application/json',
    body: { message: error.message, code: error.code },
  };
}

/** Where DeepL has another status for what has gone wrong. To its clients 403 is a wrong key. */
const STATUSES: Partial<Record<ErrorCode, number>> = {
  unauthorized: 403,
  'not-offered': 404,
  'unsupported-language': 400,
  'unsupported-media-type': 400,
};

export const DEEPL: Dialect = {
  name: 'deepl',
  owns: (path) => DEEPL_PATH.test(path),
  takesFormsAt: (path) => DEEPL_PATH.test(path),
  headersAt: (path, requestId) => (DEEPL_PATH.test(path) ? { 'x-trace-id': requestId } : {}),
  refusalAt: (path) =>
    ROUTES.includes(path) ? undefined : REFUSALS.find(([start]) => path.startsWith(start))?.[1],
  answerTo,
};
