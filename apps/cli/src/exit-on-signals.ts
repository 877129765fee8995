import { constants } from 'node:os';
import type { Logger } from '#libs/observability';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Ends the process on the first SIGTERM or SIGINT once `stop` has resolved, with 0, or with 1 where it fails.
 * A first one that comes before there is anything to stop ends it with 0; a second one at once, with 128 and
 * the signal's number, as a shell would say. `process.exit` and not the signal raised again: as process 1 of
 * a container nothing ends us but ourselves.
 */
export function exitOnSignals(logger: Logger): { onceStarted(stop: () => Promise<void>): void } {
  let stop: (() => Promise<void>) | undefined;
  let isStopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    logger.info({ signal }, 'signal received');
    if (isStopping) process.exit(128 + constants.signals[signal]);
    if (stop === undefined) process.exit(0);
    isStopping = true;
    stop().then(
      () => process.exit(0),
      (err: unknown) => {
        logger.fatal({ err }, 'shutdown failed');
        process.exit(1);
      },
    );
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    onceStarted: (stopService) => {
      stop = stopService;
    },
  };
}
