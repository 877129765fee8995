import { writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

const STANDARD_OUTPUT = 1;

/** How often a line is tried again whose reader is slow, and how long each time: together half a second. */
const MOST_TRIES = 50;
const TRY_AGAIN_MS = 10;

/** Waits without giving the thread away: what is logged last has to be out before the process ends. */
const pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/**
 * Where log lines go: a file descriptor, written synchronously. A line that cannot be written (a full disk, a
 * reader that is gone) is dropped and counted, and the count is logged when lines get through again: logs
 * never keep the service from its work. Pino's own destination throws then, or tries for ever.
 */
export function logOutput(fileDescriptor = STANDARD_OUTPUT): DestinationStream {
  let lost = 0;
  return {
    write(line) {
      const report = lost === 0 ? '' : lostLines(lost);
      if (tryToWrite(fileDescriptor, report + line)) lost = 0;
      else lost++;
    },
  };
}

function lostLines(lines: number): string {
  const fields = { level: 'warn', time: new Date().toISOString(), pid: process.pid, lines };
  return `${JSON.stringify({ ...fields, msg: 'log lines were lost' })}\n`;
}

/** Writes all of it; returns whether that could be done. */
function tryToWrite(fileDescriptor: number, text: string): boolean {
  let rest = Buffer.from(text);
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    try {
      rest = rest.subarray(writeSync(fileDescriptor, rest));
      if (rest.length === 0) return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return false;
      Atomics.wait(pause, 0, 0, TRY_AGAIN_MS);
    }
  }
  return false;
}
