import { afterEach, describe, expect, it } from 'vitest';
import {
  type ScriptedService,
  startScriptedService,
} from '../../../../test/support/scripted-service.js';
import { bodyOf, postTranslation } from '../../../../test/support/translation-requests.js';

const SHOP = 'shop-0123456789abcdef';
const BLOG = 'blog-0123456789abcdef';
const API_KEYS = `shop:${SHOP}:3,blog:${BLOG}`;

let service: ScriptedService;
afterEach(async () => {
  await service.close();
});

describe('POST /translation', () => {
  it('asks nobody for a key where there are none, and minds none', async () => {
    service = await startScriptedService();
    for (const headers of [{}, { authorization: 'Bearer whatever' }])
      expect((await postTranslation(service.url, bodyOf('a'), headers)).status).toBe(200);
  });

  it.each<[string, Record<string, string>]>([
    ['as a bearer token', { authorization: `Bearer ${SHOP}` }],
    ['as a bearer token in any case of the scheme', { authorization: `bearer ${SHOP}` }],
    ['as X-API-Key', { 'x-api-key': BLOG }],
    [
      'as X-API-Key beside credentials of another scheme',
      { 'x-api-key': BLOG, authorization: 'Basic YTpi' },
    ],
  ])('takes a key %s', async (_name, headers) => {
    service = await startScriptedService({ API_KEYS });
    expect((await postTranslation(service.url, bodyOf('a'), headers)).status).toBe(200);
  });

  it.each<[string, Record<string, string>]>([
    ['no key', {}],
    ['an empty key', { 'x-api-key': '' }],
    ['a key that nobody has', { 'x-api-key': `${SHOP}x` }],
    ['the beginning of a key', { authorization: `Bearer ${SHOP.slice(0, -1)}` }],
    ['a key under another scheme', { authorization: `Basic ${SHOP}` }],
    ['the name of a caller', { 'x-api-key': 'shop' }],
  ])('answers %s with 401', async (_name, headers) => {
    service = await startScriptedService({ API_KEYS });
    const response = await postTranslation(service.url, bodyOf('a'), headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toMatchObject({ type: 'urn:babelserve:error:unauthorized' });
    expect(service.engines.works).toEqual([]);
  });

  it('asks for no key elsewhere', async () => {
    service = await startScriptedService({ API_KEYS });
    for (const path of ['/livez', '/readyz', '/metrics', '/languages', '/openapi.json'])
      expect([path, (await fetch(service.url + path)).status]).toEqual([path, 200]);
  });

  it('answers a caller that is over its part of the queue with 429, and lets the other in', async () => {
    service = await startScriptedService({ API_KEYS, MAX_QUEUE_TOKENS: '40' });
    service.engines.room = 0;
    const blog = (): Promise<Response> =>
      postTranslation(service.url, bodyOf('Hello there, my friend.'), { 'x-api-key': BLOG });
    const first = blog();
    const refused = await blog();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d?$/);
    expect(await refused.json()).toMatchObject({ type: 'urn:babelserve:error:over-share' });
    const shop = postTranslation(service.url, bodyOf('Hello there, my friend.'), {
      'x-api-key': SHOP,
    });
    service.engines.makeRoom(10);
    expect([(await first).status, (await shop).status]).toEqual([200, 200]);
  });

  it('names the caller in the log, and its key nowhere', async () => {
    service = await startScriptedService({ API_KEYS });
    await postTranslation(service.url, bodyOf('a'), { 'x-api-key': SHOP });
    await service.drain();
    expect(service.logLines.some(({ caller }) => caller === 'shop')).toBe(true);
    expect(JSON.stringify(service.logLines)).not.toContain(SHOP);
  });
});
