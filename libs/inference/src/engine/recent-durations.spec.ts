import { describe, expect, it } from 'vitest';
import { RecentDurations } from './recent-durations.js';

describe('RecentDurations', () => {
  it('has no quantile but 0 before the first', () => {
    expect(new RecentDurations().quantile(0.99)).toBe(0);
  });

  it('gives the nearest rank', () => {
    const durations = new RecentDurations();
    for (let ms = 100; ms >= 1; ms--) durations.record(ms);
    expect(durations.quantile(0.99)).toBe(99);
    expect(durations.quantile(0.5)).toBe(50);
    expect(durations.quantile(1)).toBe(100);
  });

  it('forgets what is long ago', () => {
    const durations = new RecentDurations();
    durations.record(1e6);
    for (let index = 0; index < 512; index++) durations.record(1);
    expect(durations.quantile(1)).toBe(1);
  });
});
