import { describe, expect, it } from 'vitest';
import { parseScrape, type Scrape } from '#libs/load-testing';
import { percentileBetween } from './prometheus-text.js';

function scrape(...counts: [edge: string, count: number][]): Scrape {
  const lines = counts.map(([edge, count]) => `delay_seconds_bucket{le="${edge}"} ${count}`);
  return parseScrape(
    ['# TYPE delay_seconds histogram', ...lines, 'delay_seconds_sum 4', ''].join('\n'),
  );
}

describe('percentileBetween', () => {
  const before = scrape(['0.01', 5], ['0.1', 5], ['1', 6], ['+Inf', 6]);

  it('is that of the time between, even within a bucket', () => {
    const after = scrape(['0.01', 5], ['0.1', 105], ['1', 106], ['+Inf', 106]);
    expect(percentileBetween(before, after, 'delay_seconds', 50)).toBeCloseTo(0.055);
    expect(percentileBetween(before, after, 'delay_seconds', 100)).toBeCloseTo(0.1);
  });

  it('is the last edge for what is beyond', () => {
    const after = scrape(['0.01', 5], ['0.1', 5], ['1', 6], ['+Inf', 16]);
    expect(percentileBetween(before, after, 'delay_seconds', 99)).toBe(1);
  });

  it('is unknown where nothing was observed', () => {
    expect(percentileBetween(before, before, 'delay_seconds', 99)).toBeUndefined();
  });
});
