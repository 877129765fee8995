import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logOutput } from './log-output.js';
import { createLogger } from './logger.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'babelserve-log-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('logOutput', () => {
  it('writes lines as they come', () => {
    const file = join(folder, 'log');
    const descriptor = openSync(file, 'w');
    const logger = createLogger('info', logOutput(descriptor));
    logger.info('ä'.repeat(100_000));
    logger.fatal('the end');
    const messages = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages).toEqual(['ä'.repeat(100_000), 'the end']);
    closeSync(descriptor);
  });

  it('says how many lines were lost once lines get through again', () => {
    const file = join(folder, 'log');
    const descriptor = openSync(file, 'w');
    closeSync(descriptor);
    const output = logOutput(descriptor);
    output.write('{"msg":"lost"}\n');
    output.write('{"msg":"lost, too"}\n');
    // The lowest free number is taken, which is the one that was closed.
    expect(openSync(file, 'w')).toBe(descriptor);
    output.write('{"msg":"there"}\n');
    output.write('{"msg":"there, too"}\n');
    closeSync(descriptor);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'warn', lines: 2, msg: 'log lines were lost' },
      { msg: 'there' },
      { msg: 'there, too' },
    ]);
  });

  it.runIf(process.platform === 'linux')('does not throw, or wait, where the disk is full', () => {
    const descriptor = openSync('/dev/full', 'w');
    const logger = createLogger('info', logOutput(descriptor));
    const before = performance.now();
    for (let line = 0; line < 100; line++) logger.fatal('nobody reads this');
    expect(performance.now() - before).toBeLessThan(1000);
    closeSync(descriptor);
  });
});
