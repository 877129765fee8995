import { describe, expect, it } from 'vitest';
import { parseServerTiming, slowestTiming } from './server-timing.js';

describe('parseServerTiming', () => {
  it("reads the service's header", () => {
    const header =
      'tokenization;dur=1.235, queue;dur=0, inference;dur=250.5, batch;desc="sentences=17", cache;desc="hits=3"';
    expect(parseServerTiming(header)).toEqual({ queueMs: 0, inferenceMs: 250.5, batchSize: 17 });
  });

  it('knows no batch where the header names none', () => {
    const header = 'tokenization;dur=1,queue;dur=2.5,inference;dur=3';
    expect(parseServerTiming(header)).toEqual({ queueMs: 2.5, inferenceMs: 3, batchSize: 0 });
  });

  it.each([null, '', 'edge;dur=3', 'queue;dur=3', 'myqueue;dur=1, inference;dur=2'])(
    'finds nothing in %j',
    (header) => {
      expect(parseServerTiming(header)).toBeUndefined();
    },
  );
});

describe('slowestTiming', () => {
  it('is that of the line that took longest, with the largest batch of all', () => {
    const timings = [
      { queueMs: 50, inferenceMs: 10, batchSize: 3 },
      { queueMs: 1, inferenceMs: 90, batchSize: 1 },
      { queueMs: 0, inferenceMs: 80, batchSize: 7 },
    ];
    expect(slowestTiming(timings)).toEqual({ queueMs: 1, inferenceMs: 90, batchSize: 7 });
    expect(slowestTiming([])).toBeUndefined();
  });
});
