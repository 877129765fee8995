import type { FastifyHttpOptions } from 'fastify';
import type { Server } from 'node:http';
import type { AppConfig } from '#libs/config';
import { answerClientError } from './client-error.js';
import type { ProblemReplies } from './problem-replies.js';
import { requestIdOf } from './request-id.js';

/** Longer than the idle time of usual load balancers (60 s), so that it is they who close. */
const KEEP_ALIVE_MS = 72_000;
/** Longest that a request may take to arrive, head and body. */
const ARRIVAL_TIMEOUT_MS = 30_000;
const ARRIVAL_CHECK_INTERVAL_MS = 5000;
/** Longest silence on a connection with an open request. */
const SILENCE_TIMEOUT_MS = 60_000;

/** Fastify's options: every limit is set, none left to a default that may be "off". */
export function serverOptions(
  config: AppConfig,
  replies: ProblemReplies,
): FastifyHttpOptions<Server> {
  return {
    bodyLimit: config.bodyLimitBytes,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: ARRIVAL_TIMEOUT_MS,
    // A request that waits for its translation is silent: that must not count before its own deadline.
    connectionTimeout: Math.max(SILENCE_TIMEOUT_MS, 2 * config.requestTimeoutMs),
    http: {
      // Where this one is longer than requestTimeout, Node takes each for the other.
      headersTimeout: ARRIVAL_TIMEOUT_MS,
      connectionsCheckingInterval: ARRIVAL_CHECK_INTERVAL_MS,
    },
    // While it closes the server answers as ever; what is refused is refused with our 503.
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: requestIdOf,
    frameworkErrors: (error, request, reply) => {
      replies.send(error, request, reply);
    },
    clientErrorHandler: answerClientError,
  };
}
