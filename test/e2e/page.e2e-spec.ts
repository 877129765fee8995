import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningService } from '../support/service.js';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

let service: RunningService;
beforeAll(async () => {
  service = await RunningService.start();
});
afterAll(() => service.stop());

/** As sent over the wire: fetch would decompress it. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${service.url}${path}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode = 0, headers: got } = response;
        resolve({ status: statusCode, headers: got, body: Buffer.concat(chunks) });
      });
    });
    sent.on('error', reject).end();
  });
}

/** Addresses that the page asks for. */
async function assetPaths(): Promise<string[]> {
  const html = (await get('/')).body.toString();
  return [...html.matchAll(/(?:src|href)="\.(\/page\/[^"]+)"/g)].map(([, path]) => path ?? '');
}

describe('GET /', () => {
  it('is a page with all that it needs, in at most 100 kB as it is sent', async () => {
    const paths = await assetPaths();
    expect(paths).toHaveLength(3);
    const answers = await Promise.all(
      ['/', ...paths].map((path) => get(path, { 'accept-encoding': 'gzip, br' })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(answers.map(({ headers }) => headers['content-type'])).toEqual([
      'text/html; charset=utf-8',
      'image/svg+xml',
      'text/javascript; charset=utf-8',
      'text/css; charset=utf-8',
    ]);
    expect(answers.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThan(100_000);
  });

  it('may run and load what comes from the service, and nothing else', async () => {
    for (const path of ['/', ...(await assetPaths())]) {
      const { headers } = await get(path);
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe|data:|http|\*/);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
    }
  });

  it.each([
    ['br', 'gzip;q=1.0, br;q=0.5', brotliDecompressSync],
    ['gzip', 'GZIP', gunzipSync],
    ['gzip', 'gzip, br;q=0', gunzipSync],
    [undefined, 'zstd', (body: Buffer) => body],
    [undefined, 'br;q=0.0', (body: Buffer) => body],
  ] as const)('comes in %s for "%s", the same in content', async (encoding, accepted, decode) => {
    const plain = await get('/');
    const encoded = await get('/', { 'accept-encoding': accepted });
    expect(encoded.headers['content-encoding']).toBe(encoding);
    expect(encoded.headers['vary']).toBe('accept-encoding');
    expect(decode(encoded.body).toString()).toBe(plain.body.toString());
  });

  it('is asked for anew each time and sent when it has changed; its files are kept for good', async () => {
    const { headers } = await get('/');
    expect(headers['cache-control']).toBe('no-cache');
    const etag = String(headers['etag']);
    for (const known of [etag, `"other", W/${etag}`, '*']) {
      const again = await get('/', { 'if-none-match': known });
      expect([again.status, again.body.length, again.headers['etag']]).toEqual([304, 0, etag]);
    }
    expect((await get('/', { 'if-none-match': '"other"' })).status).toBe(200);
    const otherForm = { 'if-none-match': etag, 'accept-encoding': 'br' };
    expect((await get('/', otherForm)).status).toBe(200);
    for (const path of await assetPaths())
      expect((await get(path)).headers['cache-control']).toBe(
        'public, max-age=31536000, immutable',
      );
  });

  it('is there for HEAD, without a body', async () => {
    const { status, body } = await get('/', {}, 'HEAD');
    expect([status, body.length]).toEqual([200, 0]);
  });

  it.each([
    '/page/nothing.js',
    '/page/..%2findex.html',
    '/page/%2e%2e%2findex.html',
    '/page/__proto__',
  ])('knows no %s', async (path) => {
    const { status, headers } = await get(path);
    expect([status, headers['content-type']]).toEqual([404, 'application/problem+json']);
  });
});

describe('PAGE=off', () => {
  it('takes the page away, and nothing else', async () => {
    const without = await RunningService.start({ PAGE: 'off' });
    try {
      expect((await fetch(`${without.url}/`)).status).toBe(404);
      expect(await without.translate('en', 'de', ['Where is the station?'])).toMatchObject([
        { text: 'Wo ist der Bahnhof?' },
      ]);
    } finally {
      await without.stop();
    }
  });
});
