import type { FastifyRequest } from 'fastify';
import { TranslationError } from '#libs/domain';
import { FormFields } from '../../http/form-fields.js';
import { isJsonObject } from '../../translation/json-values.js';

/**
 * The fields of a request: of its JSON body, where it has one, else of its query and its form, the query
 * first. In forms line ends are CRLF by their own rule (HTML, "multipart form data"); they are LF here.
 */
export class RequestValues {
  constructor(private readonly values: Readonly<Record<string, unknown>>) {}

  /** Throws `invalid-request` for JSON that is no object. */
  static of({ body, headers, query }: FastifyRequest): RequestValues {
    if (/^application\/json\b/i.test(headers['content-type'] ?? '')) {
      if (!isJsonObject(body)) throw invalid('Invalid JSON format');
      return new RequestValues(body);
    }
    const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    const form = body instanceof FormFields ? body : new FormFields();
    for (const name of form.names) values[name] = form.first(name);
    for (const [name, value] of Object.entries(query as Record<string, unknown>))
      values[name] = Array.isArray(value) ? (value as unknown[])[0] : value;
    for (const [name, value] of Object.entries(values))
      if (typeof value === 'string') values[name] = value.replaceAll('\r\n', '\n');
    return new RequestValues(values);
  }

  get(name: string): unknown {
    return Object.hasOwn(this.values, name) ? this.values[name] : undefined;
  }

  /** Undefined where it is missing, null or empty. Throws `invalid-request` for what is no string. */
  text(name: string): string | undefined {
    const value = this.get(name) ?? '';
    if (typeof value !== 'string')
      throw invalid(`Invalid request: ${name} parameter is not a string`);
    return value === '' ? undefined : value;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw invalid(`Invalid request: missing ${name} parameter`);
    return value;
  }
}

export function invalid(sentence: string): TranslationError {
  return new TranslationError('invalid-request', sentence);
}
