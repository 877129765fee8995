import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { TranslationError } from '#libs/domain';
import { keepExactNumbers } from './exact-number.js';
import { surveyJson } from './json-survey.js';

/** Deeper than any body that the service understands; far from what would hurt a parser. */
const MAX_DEPTH = 16;

/** Makes JSON the only body that the server reads. */
export function readJsonBodies(fastify: FastifyInstance, bodyLimitBytes: number): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: bodyLimitBytes },
    (request, body: Buffer, done) => {
      try {
        assertPlainUtf8(request.headers);
        done(null, parseJsonBody(body));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

/** Throws `unsupported-media-type` for a body in another encoding than the one JSON has. */
function assertPlainUtf8(headers: Record<string, string | string[] | undefined>): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new TranslationError(
      'unsupported-media-type',
      'The body is compressed (Content-Encoding); it has to be plain JSON.',
    );
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(String(headers['content-type']))?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset))
    throw new TranslationError(
      'unsupported-media-type',
      'The body is in another charset; JSON has to be UTF-8 (RFC 8259, section 8.1).',
    );
}

/**
 * Reads a JSON text as RFC 8259 has it, with numbers under `id` as they are written. Throws `missing-body`
 * or `malformed-json`, never with words of the body in the message: messages may reach a log.
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0)
    throw new TranslationError('missing-body', 'The request has no body; it has to be JSON.');
  if (!isUtf8(bytes)) throw malformed('it holds bytes that are not UTF-8');
  const survey = surveyJson(bytes);
  if (survey.depth > MAX_DEPTH)
    throw malformed(`its arrays and objects are nested deeper than ${MAX_DEPTH}`);
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const value = parse(text);
  return survey.hasUnusualNumbers ? keepExactNumbers(text, value, 'id') : value;
}

function parse(text: string): unknown {
  try {
    // A reviver costs as much as the parsing: it looks only where there may be something to find.
    return /__proto__|\\u005f/i.test(text) ? JSON.parse(text, refuseProto) : JSON.parse(text);
  } catch (error) {
    if (error instanceof TranslationError) throw error;
    const position = /at position (\d+)/.exec((error as Error).message)?.[1];
    throw malformed(
      position === undefined
        ? 'it ends too early or has a stray character'
        : `see character ${position}`,
    );
  }
}

/** An own property of this name would become a prototype wherever the body is copied. */
function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw malformed('it holds the field __proto__');
  return value;
}

function malformed(what: string): TranslationError {
  return new TranslationError('malformed-json', `The body is not valid JSON: ${what}.`);
}
