import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { logOutput } from './log-output.js';

export type { Logger } from 'pino';

/**
 * A logger that writes JSON lines, to standard output unless told otherwise. It writes synchronously: what
 * was logged before the process ends is there. Texts of records never go into it, nor into error messages
 * that it may be given.
 */
export function createLogger(level: string, destination: DestinationStream = logOutput()): Logger {
  const options = {
    level,
    timestamp: stdTimeFunctions.isoTime,
    // The host name is the platform's business; the process id tells engines and service apart.
    base: { pid: process.pid },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination);
}
