import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SilenceWatch } from './silence-watch.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function watch(limitMs: () => number): { heard: () => void; silences: number[] } {
  const silences: number[] = [];
  const silence = new SilenceWatch(limitMs, (silentMs) => silences.push(silentMs));
  return {
    heard: () => {
      silence.heard();
    },
    silences,
  };
}

describe('SilenceWatch', () => {
  it('reports once, when nothing was heard for longer than the limit', () => {
    const { silences } = watch(() => 10_000);
    vi.advanceTimersByTime(10_000);
    expect(silences).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(silences).toEqual([10_500]);
  });

  it('starts anew with each message', () => {
    const { heard, silences } = watch(() => 10_000);
    for (let second = 0; second < 60; second++) {
      vi.advanceTimersByTime(9000);
      heard();
    }
    expect(silences).toEqual([]);
  });

  it('asks for the limit each time', () => {
    let limitMs = 10_000;
    const { silences } = watch(() => limitMs);
    vi.advanceTimersByTime(9000);
    limitMs = 30_000;
    vi.advanceTimersByTime(20_000);
    expect(silences).toEqual([]);
    vi.advanceTimersByTime(5000);
    expect(silences).toHaveLength(1);
  });

  it('does not count time in which this process did not run', () => {
    const { silences } = watch(() => 10_000);
    const now = vi.spyOn(performance, 'now');
    const stoppedAtMs = performance.now();
    now.mockReturnValue(stoppedAtMs + 3_600_000);
    vi.advanceTimersByTime(500);
    expect(silences).toEqual([]);
    now.mockRestore();
  });
});
