import { describe, expect, it } from 'vitest';
import { formatHubId, parseHubId } from './hub-id.js';

describe('parseHubId', () => {
  it.each([
    ['facebook/m2m100_418M', 'facebook/m2m100_418M', 'main'],
    ['facebook/m2m100_418M@main', 'facebook/m2m100_418M', 'main'],
    ['alirezamsh/small100@v1.0', 'alirezamsh/small100', 'v1.0'],
    ['a/b@refs/pr/1', 'a/b', 'refs/pr/1'],
    [`a/b@${'0a'.repeat(20)}`, 'a/b', '0a'.repeat(20)],
  ])('reads %s', (text, name, revision) => {
    expect(parseHubId(text)).toEqual({ name, revision });
    expect(formatHubId({ name, revision })).toBe(`${name}@${revision}`);
  });

  it.each([
    '',
    'm2m100',
    '/models/m2m100',
    './models',
    '../models',
    '~/models',
    'a/b/c',
    'a/',
    'a/b@',
    'a/..',
    'a/b..c',
    'a--b/c',
    'a/b@../../x',
    'a/b@-x',
    'a b/c',
    'a/b\n',
    'C:/models',
    'https://hub/a',
    `a/${'b'.repeat(97)}`,
  ])('does not take %j for one', (text) => {
    expect(parseHubId(text)).toBeUndefined();
  });
});
