import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { AppConfig } from '#libs/config';
import type { Logger } from '#libs/observability';
import type { DrainState } from './drain-state.js';

/** What a shutdown has to do with. */
export interface ShutdownParts {
  readonly config: AppConfig;
  readonly logger: Logger;
  readonly drainState: DrainState;
  readonly batching: { drain(): void; whenIdle(): Promise<void> };
  readonly server: Server;
  /** Stops listening, waits for open answers, then stops the engines. */
  readonly close: () => Promise<void>;
}

const IDLE_SWEEP_MS = 1000;

/**
 * Ends the service without losing a request: readiness turns red at once, requests are accepted while the
 * load balancer learns of it, then refused, and what was accepted is finished, within bounds.
 *
 * The order matters. Connections are refused from the moment the listener closes, so it closes last; every
 * answer since the first step carries `Connection: close` (http-hooks.ts), or the listener would wait for
 * clients that keep theirs alive; the engines stop after the last answer.
 */
export async function shutDown(parts: ShutdownParts): Promise<void> {
  const { batching, config, drainState, logger, server } = parts;
  drainState.begin();
  logger.info({ delayMs: config.drainDelayMs }, 'draining: still accepting');
  await delay(config.drainDelayMs);
  batching.drain();
  logger.info({ timeoutMs: config.drainTimeoutMs }, 'draining: finishing what was accepted');
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, IDLE_SWEEP_MS);
  const limit = setTimeout(() => {
    logger.warn('the drain timeout has passed: closing all connections');
    server.closeAllConnections();
  }, config.drainTimeoutMs);
  try {
    await Promise.race([
      batching.whenIdle(),
      delay(config.drainTimeoutMs, undefined, { ref: false }),
    ]);
    await parts.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(limit);
  }
  logger.info('stopped');
}
