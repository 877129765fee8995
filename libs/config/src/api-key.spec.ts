import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ApiKey, parseApiKeys } from './api-key.js';

const KEY = 'k3y-0123456789_ab';

describe('parseApiKeys', () => {
  it('reads names, keys and shares', () => {
    const keys = parseApiKeys(`shop:${KEY}:3, blog:${KEY}x`);
    expect(keys?.map(({ name, share }) => [name, share])).toEqual([
      ['shop', 3],
      ['blog', 1],
    ]);
    const tried = [KEY, `${KEY}x`, ''].map((key) => ApiKey.digestOf(key));
    expect(keys?.map((key) => tried.map((digest) => key.hasDigest(digest)))).toEqual([
      [true, false, false],
      [false, true, false],
    ]);
  });

  it.each([
    'shop',
    `:${KEY}`,
    `Shop:${KEY}`,
    'shop:short',
    `shop:${KEY}:0`,
    `shop:${KEY}:1001`,
    `shop:${KEY}:1:1`,
    `shop:${KEY},`,
    `shop:${KEY},shop:${KEY}x`,
    `shop:${KEY},blog:${KEY}`,
    `shop:${KEY} blog:${KEY}x`,
    Array.from({ length: 1001 }, (_, index) => `n${index}:${KEY}${index}`).join(),
  ])('refuses %j', (text) => {
    expect(parseApiKeys(text)).toBeUndefined();
  });
});

describe('ApiKey', () => {
  it('shows its key nowhere', () => {
    const key = new ApiKey('shop', 2, KEY);
    expect(JSON.stringify(key)).toBe('{"name":"shop","share":2}');
    expect(inspect(key, { depth: 9 })).not.toContain(KEY);
  });
});
