import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES, TranslationError } from '#libs/domain';
import {
  type ScriptedService,
  startScriptedService,
} from '../../../../test/support/scripted-service.js';
import {
  bodyOf,
  FAILING_ROWS,
  postTranslation,
} from '../../../../test/support/translation-requests.js';
import type { ProblemDetails } from './problem-details.js';

let service: ScriptedService;
beforeAll(async () => {
  service = await startScriptedService();
});
afterAll(async () => {
  await service.close();
});

async function problemOf(response: Response): Promise<ProblemDetails> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await response.json()) as ProblemDetails;
  expect(problem.status).toBe(response.status);
  expect(problem.instance).toBe(response.headers.get('x-request-id'));
  return problem;
}

/** Sends bytes as they are and reads until the server closes, or `until` has come. */
async function exchange(bytes: string, until?: string): Promise<string> {
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  socket.setEncoding('utf8');
  socket.write(bytes);
  let received = '';
  socket.on('data', (data: string) => {
    received += data;
    if (until !== undefined && received.includes(until)) socket.destroy();
  });
  await once(socket, 'close');
  return received;
}

describe('a request that is refused', () => {
  it.each(FAILING_ROWS)('gets $status $code for $name', async (row) => {
    const response = await postTranslation(service.url, row.body, row.headers);
    const problem = await problemOf(response);
    expect(problem.type).toBe(`urn:babelserve:error:${row.code}`);
    expect(response.status).toBe(row.status);
    expect(problem.title).toBe(ERROR_CODES[row.code].title);
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(row.pointers);
    expect(service.engines.works).toEqual([]);
  });

  it('gets no 5xx, whatever JSON it is', async () => {
    const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('en', 'de', 'ja', 1, 11));
    const key = fc.oneof(
      fc.constantFrom('id', 'text', 'fromLang', 'toLang', 'beamSize', 'constructor', 'toString'),
      fc.string(),
    );
    const object = fc.dictionary(key, value, { maxKeys: 5 });
    const payload = fc.record(
      {
        fromLang: value,
        toLang: value,
        records: fc.oneof(fc.array(object), value),
        options: object,
      },
      { requiredKeys: [] },
    );
    const body = fc.oneof(fc.record({ payload: fc.oneof(payload, value) }), object, value);
    await fc.assert(
      fc.asyncProperty(body, async (json) => {
        const response = await postTranslation(service.url, JSON.stringify(json));
        await response.arrayBuffer();
        expect([200, 400, 413, 422]).toContain(response.status);
      }),
      { numRuns: 500 },
    );
  });

  it('says in its detail what is wrong and what it has to be', async () => {
    const response = await postTranslation(service.url, {
      payload: { fromLang: 'en', toLang: 'de', records: [{ id: 1, text: 5 }] },
    });
    const { detail, errors } = await problemOf(response);
    expect(detail).toBe('/payload/records/0/text is a number; it has to be a string.');
    expect(errors).toEqual([
      { pointer: '/payload/records/0/text', detail: 'is a number; it has to be a string.' },
    ]);
  });

  it('lists twenty faults of a thousand', async () => {
    const records = Array.from({ length: 1000 }, () => ({ id: 1 }));
    const response = await postTranslation(service.url, {
      payload: { fromLang: 'en', toLang: 'de', records },
    });
    const { detail, errors } = await problemOf(response);
    expect(errors).toHaveLength(20);
    expect(detail).toContain('(and 999 more faults)');
  });

  it('keeps its connection, so that a body that is too large does not cost the answer', async () => {
    const large = 'x'.repeat(20_000_000);
    const head = `POST /translation HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${large.length}\r\n\r\n`;
    const next = 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n';
    const received = await exchange(head + large + next, '{"status":"ok"}');
    expect(received).toContain('HTTP/1.1 413');
    expect(received).toContain('HTTP/1.1 200');
  });

  it('closes the connection where the caller asked for it', async () => {
    const received = await exchange(
      'POST /translation HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{',
    );
    expect(received).toContain('HTTP/1.1 400');
    expect(received.toLowerCase()).toContain('connection: close');
  });
});

describe('an address', () => {
  it('that is not there gets 404', async () => {
    const response = await fetch(`${service.url}/translations`, { method: 'POST' });
    expect(response.status).toBe(404);
    expect((await problemOf(response)).type).toBe('urn:babelserve:error:not-found');
  });

  it('that takes another method gets 405 and Allow', async () => {
    const response = await fetch(`${service.url}/translation?x=1`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect((await problemOf(response)).type).toBe('urn:babelserve:error:method-not-allowed');
    const posted = await fetch(`${service.url}/livez`, { method: 'POST' });
    expect(posted.headers.get('allow')).toBe('GET');
  });

  it.each(['/%', '/%ff', '/docs/%E0%A4%A'])('as malformed as %s gets 400', async (path) => {
    const response = await fetch(service.url + path);
    expect(response.status).toBe(400);
    expect((await problemOf(response)).type).toBe('urn:babelserve:error:malformed-request');
  });

  it.each(['/docs/..%2f..%2fpackage.json', '/docs/../../package.json', '/docs/%2e%2e/x'])(
    '%s leads out of no folder',
    async (path) => {
      const received = await exchange(
        `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      );
      expect(received).toMatch(/^HTTP\/1\.1 40[0-9]/);
      expect(received).toContain('application/problem+json');
    },
  );
});

describe('what Node refuses before there is a request', () => {
  it.each([
    ['no HTTP', 'HELLO\r\n\r\n', 400, 'malformed-request'],
    ['a bad header', 'GET / HTTP/1.1\r\nHost: a\r\nBad Header\r\n\r\n', 400, 'malformed-request'],
    [
      'headers of 20 KB',
      `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
    [
      'a bad chunk',
      'POST /translation HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
      'malformed-request',
    ],
  ])('%s gets problem details', async (_name, bytes, status, code) => {
    const received = await exchange(bytes);
    expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(received.toLowerCase()).toContain('connection: close');
    const problem = JSON.parse(received.slice(received.indexOf('\r\n\r\n'))) as ProblemDetails;
    expect(problem.type).toBe(`urn:babelserve:error:${code}`);
    expect(received).toContain(`X-Request-Id: ${problem.instance}`);
  });
});

describe('a connection', () => {
  it('is kept for 72 s, and has 30 s for a request to arrive whole', () => {
    const { headersTimeout, keepAliveTimeout, requestTimeout } = service.server;
    expect({ headersTimeout, keepAliveTimeout, requestTimeout }).toEqual({
      headersTimeout: 30_000,
      keepAliveTimeout: 72_000,
      requestTimeout: 30_000,
    });
  });
});

describe('what the engines cannot do', () => {
  it('is a 500 that names the failure and no cause, and is logged with it', async () => {
    service.engines.script = () => new Error('secret path');
    const response = await postTranslation(service.url, bodyOf('Hello.'));
    const problem = await problemOf(response);
    expect(problem.type).toBe('urn:babelserve:error:internal');
    expect(JSON.stringify(problem)).not.toContain('secret');
    const line = service.logLines.find(({ requestId }) => requestId === problem.instance);
    expect(line).toMatchObject({ level: 'error', err: { message: 'secret path' } });
  });

  it('has its own code where the engine failed on the request', async () => {
    service.engines.script = () => new TranslationError('engine-failed', 'It crashed twice.');
    const response = await postTranslation(service.url, bodyOf('Hello.'));
    expect(response.status).toBe(500);
    expect((await problemOf(response)).type).toBe('urn:babelserve:error:engine-failed');
  });

  it('is a 503 with Retry-After while no engine is ready', async () => {
    service.engines.state = 'starting';
    const response = await postTranslation(service.url, bodyOf('Hello.'));
    service.engines.state = 'ready';
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await problemOf(response)).type).toBe('urn:babelserve:error:engine-unavailable');
  });

  it('never shows texts in the log', async () => {
    const secret = 'Xylophone-4711';
    service.engines.script = () => new TranslationError('engine-failed', 'It crashed twice.');
    await postTranslation(service.url, bodyOf(secret));
    await postTranslation(service.url, `{"payload": "${secret}" "`);
    await postTranslation(service.url, {
      payload: { fromLang: secret, toLang: 'de', records: [{ id: 1, text: secret, [secret]: 1 }] },
    });
    await postTranslation(service.url, bodyOf(secret.repeat(1000)));
    expect(JSON.stringify(service.logLines)).not.toContain(secret);
  });
});
