import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { AppConfig } from '#libs/config';
import { TranslationError } from '#libs/domain';
import type { Logger } from '#libs/observability';
import type { DrainState } from './drain-state.js';
import type { SilentConnections } from './silent-connections.js';

/** What a shutdown has to do with. */
export interface ShutdownParts {
  readonly config: AppConfig;
  readonly logger: Logger;
  readonly drainState: DrainState;
  readonly batching: {
    drain(): void;
    whenIdle(): Promise<void>;
    dropAll(reason: TranslationError): number;
  };
  readonly server: Server;
  readonly silentConnections: SilentConnections;
  /** Stops listening, waits for open answers, then stops the engines. */
  readonly close: () => Promise<void>;
}

const SWEEP_MS = 250;

/** After the drain timeout: for the last answers to leave. */
const LAST_ANSWERS_MS = 1000;

/**
 * Ends the service without losing a request: readiness turns red at once, requests are accepted while the
 * load balancer learns of it, then refused, and what was accepted is finished. What is not finished within the
 * drain timeout is answered with 503, and a connection that is open still after that is cut.
 *
 * The order matters. Connections are refused from the moment the listener closes, so it closes last; every
 * answer since the first step carries `Connection: close` (http-hooks.ts), or the listener would wait for
 * clients that keep theirs alive, and what nobody has used is ended; the engines stop after the last answer.
 */
export async function shutDown(parts: ShutdownParts): Promise<void> {
  const { batching, config, drainState, logger, server, silentConnections } = parts;
  drainState.begin();
  logger.info({ delayMs: config.drainDelayMs }, 'draining: still accepting');
  await delay(config.drainDelayMs);
  batching.drain();
  logger.info({ timeoutMs: config.drainTimeoutMs }, 'draining: finishing what was accepted');
  let isAllAnswered = false;
  const sweep = setInterval(() => {
    server.closeIdleConnections();
    // Until then a request that comes on one of them is refused with an answer.
    if (isAllAnswered) silentConnections.close();
  }, SWEEP_MS);
  const limit = setTimeout(
    () => void cutConnections(server, logger),
    config.drainTimeoutMs + LAST_ANSWERS_MS,
  );
  try {
    await finishWhatRuns(parts);
    isAllAnswered = true;
    await parts.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(limit);
  }
  logger.info('stopped');
}

async function finishWhatRuns({ batching, config, logger }: ShutdownParts): Promise<void> {
  const timeout = new AbortController();
  const isLate = delay(config.drainTimeoutMs, true, { signal: timeout.signal }).catch(() => false);
  await Promise.race([batching.whenIdle(), isLate]);
  timeout.abort();
  if (!(await isLate)) return;
  const requests = batching.dropAll(
    new TranslationError(
      'draining',
      'This server is shutting down and has no time left for this request. Send it again: another one will take it.',
      { retryAfterSeconds: 1 },
    ),
  );
  logger.warn(
    { requests },
    'the drain timeout has passed: unfinished requests were answered with 503',
  );
}

async function cutConnections(server: Server, logger: Logger): Promise<void> {
  const connections = await new Promise<number>((resolve, reject) => {
    server.getConnections((error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
  logger.warn(
    { connections },
    'the drain timeout has passed: the connections that are left are cut',
  );
  server.closeAllConnections();
}
