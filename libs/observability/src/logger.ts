import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

/**
 * A logger that writes JSON lines, to standard output unless told otherwise. It writes synchronously: what
 * was logged before the process ends is there. Texts of records never go into it, nor into error messages
 * that it may be given.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    timestamp: stdTimeFunctions.isoTime,
    // The host name is the platform's business; the process id tells engines and service apart.
    base: { pid: process.pid },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
