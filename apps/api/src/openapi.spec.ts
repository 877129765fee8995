import { format, resolveConfig } from 'prettier';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '#libs/domain';
import {
  type ScriptedService,
  startScriptedService,
} from '../../../test/support/scripted-service.js';
import { postTranslation } from '../../../test/support/translation-requests.js';
import { problemTypeOf } from './http/problem-details.js';

interface Schema {
  readonly example?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly [name: string]: unknown;
}

interface OpenApiDocument {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Record<string, unknown> }>>>
  >;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

let service: ScriptedService;
let document: OpenApiDocument;
beforeAll(async () => {
  service = await startScriptedService();
  document = (await (await fetch(`${service.url}/openapi.json`)).json()) as OpenApiDocument;
});
afterAll(async () => {
  await service.close();
});

/** The value that the documentation shows for a schema, as Swagger UI builds it. */
function exampleOf(schema: Schema): unknown {
  if (schema.example !== undefined) return schema.example;
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (reference !== undefined)
    return exampleOf(document.components.schemas[reference.split('/').at(-1) ?? ''] ?? {});
  if (schema.items !== undefined) return [exampleOf(schema.items)];
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, property]) => [name, exampleOf(property)]),
  );
}

describe('/openapi.json', () => {
  it('has every route of the contract', () => {
    const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.sort()).toEqual([
      'GET /frontend/settings',
      'GET /health',
      'GET /languages',
      'GET /livez',
      'GET /metrics',
      'GET /readyz',
      'GET /startupz',
      'GET /v2/glossaries',
      'GET /v2/glossary-language-pairs',
      'GET /v2/languages',
      'GET /v2/usage',
      'POST /detect',
      'POST /imme',
      'POST /translate',
      'POST /translation',
      'POST /v2/translate',
    ]);
  });

  it('has none of a dialect that is off', async () => {
    const plain = await startScriptedService({ DIALECTS: 'none' });
    const { paths } = (await (await fetch(`${plain.url}/openapi.json`)).json()) as OpenApiDocument;
    await plain.close();
    expect(Object.keys(paths)).not.toContain('/translate');
    expect(Object.keys(paths)).toContain('/translation');
  });

  it('shows a request that works as it is', async () => {
    const example = exampleOf(document.components.schemas['TranslationRequestDto'] ?? {});
    expect(example).toMatchObject({
      payload: { fromLang: 'en', toLang: 'ja', records: [{ id: '123' }] },
    });
    const response = await postTranslation(service.url, example);
    expect(response.status).toBe(200);
  });

  it('requires what the service requires', () => {
    const { schemas } = document.components;
    expect(schemas['TranslationRequestDto']?.required).toEqual(['payload']);
    expect(schemas['PayloadDto']?.required).toEqual(['fromLang', 'toLang', 'records']);
    expect(schemas['RecordDto']?.required).toEqual(['id', 'text']);
  });

  it('names the status of every code that a translation can end with', () => {
    const { responses } = document.paths['/translation']?.['post'] ?? { responses: {} };
    const codes = Object.keys(ERROR_CODES) as ErrorCode[];
    const elsewhere: ErrorCode[] = [
      'not-found',
      'not-offered',
      'method-not-allowed',
      'client-closed',
    ];
    const statuses = codes
      .filter((code) => !elsewhere.includes(code))
      .map((code) => ERROR_CODES[code].status);
    expect(Object.keys(responses).map(Number)).toEqual(
      [...new Set([200, ...statuses])].sort((one, other) => one - other),
    );
    for (const code of codes)
      if (!elsewhere.includes(code)) expect(JSON.stringify(responses)).toContain(`\`${code}\``);
  });
});

describe('/docs', () => {
  it('brings all that it needs, and asks no other server for anything', async () => {
    for (const path of ['/docs', '/docs/']) {
      const page = await fetch(service.url + path);
      expect(page.status).toBe(200);
      const html = await page.text();
      const links = [...html.matchAll(/(?:src|href)=["']([^"']+)["']/g)].map((match) => match[1]);
      expect(links.length).toBeGreaterThan(3);
      for (const link of links) {
        expect(link).toMatch(/^\.\//);
        const asset = await fetch(new URL(link ?? '', service.url + path));
        expect([link, asset.status]).toEqual([link, 200]);
        expect((await asset.arrayBuffer()).byteLength).toBeGreaterThan(100);
      }
    }
    const script = await (await fetch(`${service.url}/docs/swagger-ui-init.js`)).text();
    expect(script).toContain('"validatorUrl": null');
  });
});

describe('docs/errors.md', () => {
  it('is what the table of codes says', async () => {
    const page = new URL('../../../docs/errors.md', import.meta.url).pathname;
    const rows = (Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => {
      const { status, title, retryable, outcome } = ERROR_CODES[code];
      return `| \`${code}\` | ${status} | ${title} | ${retryable ? 'yes' : 'no'} | ${outcome} |`;
    });
    const text = [
      ERRORS_HEAD,
      '| code | status | title | may succeed later, unchanged | outcome |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
      '',
      ERRORS_FOOT,
    ].join('\n');
    const options = { ...(await resolveConfig(page)), filepath: page };
    await expect(await format(text, options)).toMatchFileSnapshot(page);
  });
});

const ERRORS_HEAD = `# Errors

Every error is answered with problem details (RFC 9457), content type \`application/problem+json\`; at the addresses of a [dialect](dialects.md) in its own form instead.

\`\`\`json
{
  "type": "${problemTypeOf('invalid-request')}",
  "title": "${ERROR_CODES['invalid-request'].title}",
  "status": 400,
  "detail": "/payload/records/3/text is missing; it has to be a string.",
  "instance": "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d",
  "errors": [
    { "pointer": "/payload/records/3/text", "detail": "is missing; it has to be a string." }
  ]
}
\`\`\`

- \`type\` is \`urn:babelserve:error:<code>\`: a name that stays, not an address. Programs decide by it or by \`status\`, never by \`title\` or \`detail\`.
- \`instance\` is the request id, the same as in the header \`X-Request-Id\` and in the log.
- \`errors\` lists bad fields with JSON pointers (RFC 6901), at most 20 of them.
- 429 and 503 have the header \`Retry-After\`, in seconds: when the queue will have moved enough, as far as the service can tell, 60 at most. 401 has \`WWW-Authenticate: Bearer\`. While the server drains, every answer has \`Connection: close\`.
- Under overload requests are refused before they are read: one that is malformed as well gets the 503 of the others.
- With \`Accept: application/x-ndjson\` a record that fails has such an object as its \`error\`, and the others go on.
`;

const ERRORS_FOOT = `A translation changes nothing on the server: sending a request again is always safe.
\`client-closed\` reaches nobody; it stands in the log and the metrics. \`outcome\` is the label of the metric
\`translation_requests_total\`.

This page is made from \`libs/domain/src/error-codes.ts\`: \`npx vitest run apps/api/src/openapi.spec.ts -u\` writes it anew.
`;
