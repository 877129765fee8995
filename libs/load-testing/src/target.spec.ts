import { describe, expect, it } from 'vitest';
import { parseTarget } from './target.js';

describe('parseTarget', () => {
  it.each([
    ['http://127.0.0.1:9527', 'http://127.0.0.1:9527'],
    ['http://127.8.9.10/', 'http://127.8.9.10'],
    ['http://localhost:80', 'http://localhost'],
    ['https://[::1]:9527', 'https://[::1]:9527'],
    // The URL standard reads these as 127.0.0.1, and so does whoever connects.
    ['http://0x7f.1', 'http://127.0.0.1'],
  ])('takes %s, which is on this machine', (url, origin) => {
    expect(parseTarget(url, false)).toBe(origin);
  });

  it.each([
    'http://10.0.0.1:9527',
    'http://127.0.0.1.example.org',
    'http://localhost.example.org',
    'http://user@example.org',
    'http://[::2]',
    'http://128.0.0.1',
    'http://0.0.0.0',
  ])('takes %s only from whoever owns it', (url) => {
    expect(() => parseTarget(url, false)).toThrow('--i-own-this-server');
    expect(parseTarget(url, true)).toMatch(/^http:/);
  });

  it.each(['127.0.0.1:9527', 'ftp://127.0.0.1', 'http://127.0.0.1/translation', ''])(
    'refuses %j, which is no address of a service',
    (url) => {
      expect(() => parseTarget(url, true)).toThrow(`--url is "${url}"`);
    },
  );
});
