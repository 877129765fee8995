import type { ErrorCode } from '#libs/domain';

/** A body of `POST /translation` as the contract has it. */
export interface TranslationBody {
  readonly payload: {
    readonly fromLang: string;
    readonly toLang: string;
    readonly records: readonly { readonly id: string | number; readonly text: string }[];
  };
}

export function bodyOf(...texts: readonly string[]): TranslationBody {
  return {
    payload: { fromLang: 'en', toLang: 'de', records: texts.map((text, id) => ({ id, text })) },
  };
}

/** Sends a body: text as it is, all else as JSON. */
export async function postTranslation(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/translation`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
}

/** A request that is answered with a problem. */
export interface FailingRow {
  readonly name: string;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
  readonly status: number;
  readonly code: ErrorCode;
  /** Pointers of `errors`, in order; none where it is absent. */
  readonly pointers?: readonly string[];
}

const record = { id: '1', text: 'Hello.' };
const payload = { fromLang: 'en', toLang: 'de', records: [record] };

function payloadRow(
  name: string,
  changes: Record<string, unknown>,
  pointers: readonly string[],
): FailingRow {
  const body = { payload: { ...payload, ...changes } };
  return { name, body, status: 400, code: 'invalid-request', pointers };
}

function recordRow(
  name: string,
  changes: Record<string, unknown>,
  pointers: readonly string[],
): FailingRow {
  return payloadRow(name, { records: [record, { ...record, ...changes }] }, pointers);
}

function jsonRow(name: string, body: string | Uint8Array): FailingRow {
  return { name, body, status: 400, code: 'malformed-json' };
}

function invalidRow(name: string, body: unknown, pointers: readonly string[]): FailingRow {
  return { name, body, status: 400, code: 'invalid-request', pointers };
}

/** Requests that the service refuses whatever its model, given the default limits. */
export const FAILING_ROWS: readonly FailingRow[] = [
  { name: 'no body', body: '', status: 400, code: 'missing-body' },
  jsonRow('broken JSON', '{"payload":'),
  jsonRow('two values', '{} {}'),
  jsonRow('bytes that are not UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)),
  jsonRow('a __proto__ key', '{"payload":{"__proto__":{"records":[]}}}'),
  jsonRow('very deep nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`),
  invalidRow('null', 'null', ['']),
  invalidRow('a list', '[]', ['']),
  invalidRow('a string', '"payload"', ['']),
  invalidRow('a number', '5', ['']),
  invalidRow('an empty object', {}, ['/payload']),
  invalidRow('a payload that is a list', { payload: [] }, ['/payload']),
  invalidRow('a field beside the payload', { payload, extra: 1 }, ['/extra']),
  invalidRow('an empty payload', { payload: {} }, ['/payload/records']),
  payloadRow('no source language', { fromLang: undefined }, ['/payload/fromLang']),
  payloadRow('no target language', { toLang: undefined }, ['/payload/toLang']),
  payloadRow('a language that is a number', { toLang: 5 }, ['/payload/toLang']),
  payloadRow('a language that is a list', { toLang: ['de'] }, ['/payload/toLang']),
  payloadRow('no records', { records: undefined }, ['/payload/records']),
  payloadRow('records that are an object', { records: { 0: record } }, ['/payload/records']),
  payloadRow('records that are null', { records: null }, ['/payload/records']),
  payloadRow('records of other kinds', { records: [record, null, 'x', [record]] }, [
    '/payload/records/1',
    '/payload/records/2',
    '/payload/records/3',
  ]),
  payloadRow('an unknown field of the payload', { 'a/b~c': 1 }, ['/payload/a~1b~0c']),
  payloadRow('an unknown option', { options: { beams: 2 } }, ['/payload/options/beams']),
  payloadRow('options that are a number', { options: 5 }, ['/payload/options']),
  ...[0, -1, 1.5, 11, '5', true].map((beamSize) =>
    payloadRow(`${JSON.stringify(beamSize)} beams`, { options: { beamSize } }, [
      '/payload/options/beamSize',
    ]),
  ),
  recordRow('no id', { id: undefined }, ['/payload/records/1/id']),
  recordRow('an id that is null', { id: null }, ['/payload/records/1/id']),
  recordRow('an id that is an object', { id: {} }, ['/payload/records/1/id']),
  recordRow('an id that is true', { id: true }, ['/payload/records/1/id']),
  recordRow('no text', { text: undefined }, ['/payload/records/1/text']),
  recordRow('a text that is a number', { text: 42 }, ['/payload/records/1/text']),
  recordRow('a text that is null', { text: null }, ['/payload/records/1/text']),
  recordRow('a text that is a list', { text: ['Hello.'] }, ['/payload/records/1/text']),
  recordRow('an unknown field of a record', { lang: 'en' }, ['/payload/records/1/lang']),
  recordRow('a record language of a wrong type', { toLang: 7 }, ['/payload/records/1/toLang']),
  {
    name: 'an id that no double can hold',
    body: '{"payload":{"fromLang":"en","toLang":"de","records":[{"id":1e400,"text":"a"}]}}',
    status: 400,
    code: 'invalid-request',
    pointers: ['/payload/records/0/id'],
  },
  {
    name: 'an object of 100,000 fields',
    body: JSON.stringify({
      payload: { ...payload, records: [Object.fromEntries(numberedFields(100_000))] },
    }),
    status: 400,
    code: 'invalid-request',
    pointers: ['/payload/records/0'],
  },
  {
    name: 'a deadline that is no number',
    body: { payload },
    headers: { 'x-request-timeout-ms': 'soon' },
    status: 400,
    code: 'invalid-request',
  },
  {
    name: 'an unknown language',
    body: { payload: { ...payload, fromLang: 'xx' } },
    status: 422,
    code: 'unsupported-language',
    pointers: ['/payload/fromLang'],
  },
  {
    name: 'unknown languages of records',
    body: {
      payload: { ...payload, records: [record, { ...record, toLang: 'tlh', fromLang: '__de__' }] },
    },
    status: 422,
    code: 'unsupported-language',
    pointers: ['/payload/records/1/fromLang', '/payload/records/1/toLang'],
  },
  {
    name: 'more records than are allowed',
    body: { payload: { ...payload, records: Array.from({ length: 1001 }, () => record) } },
    status: 413,
    code: 'too-many-records',
    pointers: ['/payload/records'],
  },
  {
    name: 'a text of 10,001 UTF-16 units',
    body: bodyOf('short', 'a'.repeat(10_001)),
    status: 413,
    code: 'text-too-long',
    pointers: ['/payload/records/1/text'],
  },
  {
    name: 'a body over the limit',
    body: bodyOf(...Array.from({ length: 300 }, () => 'b'.repeat(8000))),
    status: 413,
    code: 'body-too-large',
  },
  ...[
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'nonsense',
    'application/json; charset=latin1',
  ].map((contentType): FailingRow => ({
    name: `the content type ${contentType}`,
    body: JSON.stringify({ payload }),
    headers: { 'content-type': contentType },
    status: 415,
    code: 'unsupported-media-type',
  })),
  {
    name: 'a compressed body',
    body: Uint8Array.of(0x1f, 0x8b, 0x08),
    headers: { 'content-encoding': 'gzip' },
    status: 415,
    code: 'unsupported-media-type',
  },
];

/** Texts that look like trouble and are none: each comes back as one record with a 200. */
export const HARMLESS_TEXTS: readonly (readonly [name: string, text: string])[] = [
  ['a language tag', 'Please write __ja__ and __de__ here.'],
  ['an end token', 'The end </s> is near <pad> <unk> <s>.'],
  ['NUL', 'before\0after'],
  ['NUL alone', '\0'],
  ['control characters', '\u0001\u0008\u001b[31mred\u007f'],
  ['a lone high surrogate', 'half \ud83d of it'],
  ['a lone low surrogate', '\udc00'],
  ['emoji', '🎉👩‍👩‍👧‍👦🏳️‍🌈'],
  ['emoji in a sentence', 'We won 🎉 today!'],
  ['right to left', 'مرحبا بالعالم. \u202eשלום\u202c'],
  ['combining marks', `Z${'\u0301'.repeat(500)}`],
  ['an unbroken word', 'Donaudampfschifffahrtsgesellschaft'.repeat(20)],
  ['marks alone', '?!… — ***'],
  ['JSON', '{"payload":{"__proto__":1}}'],
  ['HTML', '<p class="x">Hello <b>world</b> &amp; all</p>'],
  ['9,000 characters', 'The quick brown fox jumps over the lazy dog. '.repeat(200)],
];

/** Texts that come back as they are, without the engine. */
export const BLANK_TEXTS: readonly string[] = ['', ' ', '   \t ', '\n', '\r\n\r\n', '\u00a0\u3000'];

function numberedFields(count: number): [string, number][] {
  return Array.from({ length: count }, (_, index) => [`field${index}`, index]);
}
