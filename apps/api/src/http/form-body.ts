import { isUtf8 } from 'node:buffer';
import { buffer } from 'node:stream/consumers';
import { Busboy } from '@fastify/busboy';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TranslationError } from '#libs/domain';
import { FormFields } from './form-fields.js';
import { pathOf } from './request-path.js';

/** More than any form has, repeated texts included: what comes on top is refused. */
const MAX_FIELDS = 20_000;
const MAX_NAME_BYTES = 100;

const FORM_PARSERS: Readonly<
  Record<string, (body: Buffer, contentType: string) => FormFields | Promise<FormFields>>
> = { 'application/x-www-form-urlencoded': parseUrlEncoded, 'multipart/form-data': parseMultipart };

export const FORM_MEDIA_TYPES = Object.keys(FORM_PARSERS);

/** Of a form that a GET brings along. */
const MAX_GET_BODY_BYTES = 1000;

/**
 * The form in the body of a GET, which Fastify leaves unread: DeepL's client for Python sends fields there. A body
 * that is something else, or larger than any such form, has no fields. Throws `client-closed` where it is cut off.
 */
export async function formOfGet({ headers, raw }: FastifyRequest): Promise<FormFields> {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '');
  const size = Number(headers['content-length'] ?? 0);
  if (!isForm || size === 0 || size > MAX_GET_BODY_BYTES) return new FormFields();
  const body = await buffer(raw).catch((cause: unknown) => {
    throw new TranslationError('client-closed', 'The body was cut off.', { cause });
  });
  return parseUrlEncoded(body);
}

/** Has the server read forms, at the addresses that take them; elsewhere a form is the wrong media type. */
export function readFormBodies(
  fastify: FastifyInstance,
  bodyLimitBytes: number,
  takesForms: (path: string) => boolean,
): void {
  const options = { parseAs: 'buffer', bodyLimit: bodyLimitBytes } as const;
  for (const [mediaType, parse] of Object.entries(FORM_PARSERS))
    fastify.addContentTypeParser(
      mediaType,
      options,
      async (request: FastifyRequest, body: Buffer) => {
        if (!takesForms(pathOf(request)))
          throw new TranslationError(
            'unsupported-media-type',
            'The body has to be JSON, not a form.',
          );
        return parse(body, request.headers['content-type'] ?? '');
      },
    );
}

/**
 * Source: WHATWG URL Standard, section 5.1. Empty pairs are nothing, so a leading `&` is harmless; a percent
 * sign that no hexadecimal digits follow is one, and bytes that are not UTF-8 are read as U+FFFD.
 */
export function parseUrlEncoded(body: Buffer): FormFields {
  if (!isUtf8(body)) throw malformed('it holds bytes that are not UTF-8');
  const fields = new FormFields();
  let count = 0;
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
    if (++count > MAX_FIELDS) throw malformed(`it has more than ${MAX_FIELDS} fields`);
    fields.add(name, value);
  }
  return fields;
}

/** Source: RFC 7578. Files are passed over: no address takes any. */
export async function parseMultipart(body: Buffer, contentType: string): Promise<FormFields> {
  if (!/;\s*boundary\s*=/i.test(contentType)) throw malformed('its Content-Type names no boundary');
  const fields = new FormFields();
  const limits = { fieldNameSize: MAX_NAME_BYTES, fieldSize: body.length, parts: MAX_FIELDS };
  const busboy = new Busboy({ headers: { 'content-type': contentType }, limits });
  await new Promise<void>((resolve, reject) => {
    busboy.on('field', (name, value) => {
      fields.add(name, value);
    });
    busboy.on('file', (_name, stream) => {
      stream.resume();
    });
    busboy.on('partsLimit', () => {
      reject(malformed(`it has more than ${MAX_FIELDS} fields`));
    });
    busboy.on('error', () => {
      reject(malformed('its parts cannot be told from one another'));
    });
    busboy.on('finish', resolve);
    busboy.end(body);
  });
  return fields;
}

function malformed(what: string): TranslationError {
  return new TranslationError('malformed-request', `The body is no valid form: ${what}.`);
}
