import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProgressDisplay } from './progress-display.js';

const MB = 1_000_000;

let stream: PassThrough;
beforeEach(() => {
  vi.useFakeTimers();
  stream = new PassThrough();
});
afterEach(() => {
  vi.useRealTimers();
});

function displayOn(isTTY: boolean): ProgressDisplay {
  return new ProgressDisplay(
    Object.assign(stream, { isTTY, columns: 120 }) as unknown as WriteStream,
  );
}

function written(): string {
  return String(stream.read() ?? '');
}

describe('ProgressDisplay', () => {
  it('writes a line as a stage begins, and then one in ten seconds, where there is no terminal', () => {
    const display = displayOn(false);
    for (let second = 0; second <= 25; second++) {
      display.update({ stage: 'compile', doneBytes: second * MB, totalBytes: 25 * MB });
      vi.advanceTimersByTime(1000);
    }
    display.update({ stage: 'hash', doneBytes: 0, totalBytes: 0 });
    display.stop();
    expect(written().split('\n')).toEqual([
      'compile: 0 % of 25.0 MB',
      'compile: 40 % of 25.0 MB',
      'compile: 80 % of 25.0 MB',
      'hash: 100 % of 0.0 MB',
      '',
    ]);
  });

  it('draws a bar for each stage on a terminal, and gives the cursor back', () => {
    const display = displayOn(true);
    display.update({ stage: 'compile', doneBytes: 0, totalBytes: 40 * MB });
    vi.advanceTimersByTime(1000);
    display.update({ stage: 'compile', doneBytes: 10 * MB, totalBytes: 40 * MB });
    vi.advanceTimersByTime(1000);
    display.update({ stage: 'hash', doneBytes: 0, totalBytes: MB });
    display.say('Waiting…');
    display.stop();
    const output = written();
    const [first, second, ...said] = stripVTControlCharacters(output).split('\n');
    expect(first).toMatch(/compile +█{10}░{30} 25 % \| 10\.0 of 40\.0 MB \| 3s left\r?$/);
    expect(second).toMatch(/^\r?hash +░{40} 0 % \| 0\.0 of 1\.0 MB/);
    expect(said).toEqual(['Waiting…', '']);
    expect(output.lastIndexOf('\u001b[?25h')).toBeGreaterThan(output.lastIndexOf('\u001b[?25l'));
  });
});
