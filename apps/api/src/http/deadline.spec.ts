import { describe, expect, it } from 'vitest';
import { timeoutMsOf } from './deadline.js';

describe('timeoutMsOf', () => {
  it("is the server's where the caller says nothing", () => {
    expect(timeoutMsOf(undefined, 30_000)).toBe(30_000);
  });

  it('is shortened by the caller, never lengthened', () => {
    expect(timeoutMsOf('250', 30_000)).toBe(250);
    expect(timeoutMsOf('99999999', 30_000)).toBe(30_000);
  });

  it.each(['0', '-5', '1.5', '1e3', '', 'soon', '12345678901234567890', '100, 200'])(
    'refuses %j',
    (header) => {
      expect(() => timeoutMsOf(header, 30_000)).toThrow('X-Request-Timeout-Ms');
    },
  );
});
