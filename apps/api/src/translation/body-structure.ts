import { type FieldFault, TranslationError } from '#libs/domain';
import { ExactNumber } from '../http/exact-number.js';
import { errorOfFaults } from '../http/problem-details.js';
import { childPointer, isJsonObject, kindOf } from './json-values.js';

/** More fields than any object of a request has, unknown ones included. */
const MAX_FIELDS = 16;

/**
 * Checks what has to be so before the body may be turned into instances of the DTO classes: the containers
 * are there, no object is wide, nothing is nested elsewhere. class-transformer copies whatever it gets,
 * recursively, and takes 18 s for an object of 200,000 fields.
 *
 * Throws `missing-body`, `too-many-records` or `invalid-request`.
 */
export function assertBodyStructure(body: unknown, maxRecords: number): void {
  if (body === undefined)
    throw new TranslationError('missing-body', 'The request has no body; it has to be JSON.');
  const payload = isJsonObject(body) ? body['payload'] : undefined;
  const records = isJsonObject(payload) ? payload['records'] : undefined;
  if (Array.isArray(records) && records.length > maxRecords)
    throw errorOfFaults('too-many-records', [
      {
        pointer: '/payload/records',
        detail: `has ${records.length} records; ${maxRecords} are allowed. Send them in several requests.`,
      },
    ]);
  const [first, ...others] = [...structureFaults(body)];
  if (first !== undefined) throw errorOfFaults('invalid-request', [first, ...others]);
}

function* structureFaults(body: unknown): Generator<FieldFault> {
  yield* objectFaults(body, '', ['payload']);
  const payload = isJsonObject(body) ? body['payload'] : undefined;
  if (!isJsonObject(body)) return;
  yield* objectFaults(payload, '/payload', ['records', 'options']);
  if (!isJsonObject(payload)) return;
  const options = payload['options'] ?? undefined;
  if (options !== undefined) yield* objectFaults(options, '/payload/options', []);
  const records = payload['records'];
  if (!Array.isArray(records)) {
    yield { pointer: '/payload/records', detail: `is ${kindOf(records)}; it has to be a list.` };
    return;
  }
  for (const [index, record] of records.entries())
    yield* objectFaults(record, childPointer('/payload/records', index), []);
}

/** Faults of one object, whose fields hold no containers but those named. */
function* objectFaults(
  value: unknown,
  pointer: string,
  containers: readonly string[],
): Generator<FieldFault> {
  if (!isJsonObject(value)) {
    yield { pointer, detail: `is ${kindOf(value)}; it has to be an object.` };
    return;
  }
  const { length } = Object.keys(value);
  if (length > MAX_FIELDS) {
    yield { pointer, detail: `has ${length} fields; no object of a request has as many.` };
    return;
  }
  for (const [name, field] of Object.entries(value))
    if (isContainer(field) && !containers.includes(name))
      yield {
        pointer: childPointer(pointer, name),
        detail: `is ${kindOf(field)}; there is no such field, or it has to be a plain value.`,
      };
}

/** Numbers that are kept as they are written are objects to JavaScript only. */
function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof ExactNumber);
}
