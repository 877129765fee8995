import type { FastifyRequest } from 'fastify';
import { TranslationError } from '#libs/domain';
import { FormFields } from '../http/form-fields.js';
import { isJsonObject } from '../translation/json-values.js';

type Fields = Readonly<Record<string, unknown>> | FormFields;

/**
 * The fields of a request: of its JSON body, where it has one, else of its query and its form, the query
 * first.
 */
export class RequestValues {
  private constructor(private readonly fields: Fields) {}

  /** Throws `invalid-request` for JSON that is no object. */
  static of({ body, headers, query }: FastifyRequest): RequestValues {
    if (/^application\/json\b/i.test(headers['content-type'] ?? '')) {
      if (!isJsonObject(body)) throw invalid('Invalid JSON format');
      return new RequestValues(body);
    }
    const fields = new FormFields();
    for (const [name, value] of Object.entries(query as Record<string, string | string[]>))
      for (const one of [value].flat()) fields.add(name, one);
    if (body instanceof FormFields)
      for (const name of body.names) for (const value of body.all(name)) fields.add(name, value);
    return new RequestValues(fields);
  }

  get isForm(): boolean {
    return this.fields instanceof FormFields;
  }

  /** Of a form the first value of that name. */
  get(name: string): unknown {
    if (this.fields instanceof FormFields) return this.fields.first(name);
    return Object.hasOwn(this.fields, name) ? this.fields[name] : undefined;
  }

  /** The items of a JSON list, or a JSON value alone; all values of that name in a form. */
  all(name: string): readonly unknown[] {
    if (this.fields instanceof FormFields) return this.fields.all(name);
    const value = this.get(name) ?? [];
    return Array.isArray(value) ? value : [value];
  }

  /** Undefined where it is missing, null or empty. Throws `invalid-request` for what is no string. */
  text(name: string): string | undefined {
    const value = this.get(name) ?? '';
    if (typeof value !== 'string')
      throw invalid(`Invalid request: ${name} parameter is not a string`);
    return value === '' ? undefined : value;
  }
}

/** A request that its caller has to mend, in the words of the dialect. */
export function invalid(sentence: string): TranslationError {
  return new TranslationError('invalid-request', sentence);
}

/** What a caller sent, short enough for a message. */
export function shown(value: string): string {
  return value.length > 20 ? `${value.slice(0, 20)}…` : value;
}
