import { describe, expect, it } from 'vitest';
import { formatServerTiming } from './stage-times.js';

describe('formatServerTiming', () => {
  it('names the three stages in order, in milliseconds', () => {
    const times = {
      tokenizationMs: 1.23456,
      queueMs: 0,
      inferenceMs: 250.5,
      cacheHits: 0,
      batchSentences: 0,
    };
    expect(formatServerTiming(times)).toBe(
      'tokenization;dur=1.235, queue;dur=0, inference;dur=250.5',
    );
  });

  it('marks the largest batch, and what the cache has answered', () => {
    const times = {
      tokenizationMs: 1,
      queueMs: 0,
      inferenceMs: 0,
      cacheHits: 3,
      batchSentences: 17,
    };
    expect(formatServerTiming(times)).toBe(
      'tokenization;dur=1, queue;dur=0, inference;dur=0, batch;desc="sentences=17", cache;desc="hits=3"',
    );
  });
});
