import { describe, expect, it } from 'vitest';
import { requestIdOf } from './request-id.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('requestIdOf', () => {
  it.each(['a', 'Root=1-67891233-abcdef012345678912345678', 'A_b.c~d/e+f@g=='])(
    'takes over %s',
    (id) => {
      expect(requestIdOf({ headers: { 'x-request-id': id } })).toBe(id);
    },
  );

  it.each(['', 'two words', 'a,b', 'a\r\nb', 'ä', '<script>', 'x'.repeat(129)])(
    'makes one instead of %j',
    (id) => {
      expect(requestIdOf({ headers: { 'x-request-id': id } })).toMatch(UUID);
    },
  );

  it('makes another one for each request without', () => {
    expect(requestIdOf({ headers: {} })).not.toBe(requestIdOf({ headers: {} }));
  });
});
