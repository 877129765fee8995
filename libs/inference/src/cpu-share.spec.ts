import { describe, expect, it } from 'vitest';
import { availableCores, parseQuota } from './cpu-share.js';

describe('parseQuota', () => {
  it.each([
    ['200000 100000\n', 2],
    ['150000 100000', 1.5],
    ['max 100000\n', undefined],
    ['', undefined],
    ['0 100000', undefined],
    ['100000 0', undefined],
    ['rubbish', undefined],
  ])('reads %j as %s cores', (text, cores) => {
    expect(parseQuota(text)).toBe(cores);
  });
});

describe('availableCores', () => {
  it('is at least one', async () => {
    expect(await availableCores()).toBeGreaterThanOrEqual(1);
  });
});
