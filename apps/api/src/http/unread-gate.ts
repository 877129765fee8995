import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BatchingService } from '#libs/batching';
import type { AppConfig } from '#libs/config';
import { TranslationError } from '#libs/domain';
import { isTranslation } from '../metrics/request-metrics.js';
import { refuseUnread } from './refuse-unread.js';
import { requestBounds } from './request-bounds.js';
import { bodyBytesOf, type RequestSizes } from './request-sizes.js';

/** Tells of a request that is not read yet whether it would be refused when it is. */
export class UnreadGate {
  constructor(
    private readonly batching: BatchingService,
    private readonly sizes: RequestSizes,
    private readonly config: AppConfig,
  ) {}

  /** Throws what it would be refused with, as far as can be told. */
  assertTakes(request: FastifyRequest): void {
    // It is refused for its length, unread as well, however busy the service is.
    if ((bodyBytesOf(request) ?? 0) > this.config.bodyLimitBytes) return;
    const sourceTokens = this.sizes.expectedSourceTokens(request);
    if (sourceTokens === undefined) return;
    this.batching.assertTakes(sourceTokens, requestBounds(request, this.config.requestTimeoutMs));
  }
}

/**
 * Refuses translations unread. To read one takes a millisecond of the processor that the engines need, and under
 * overload most are read in vain.
 */
export function addUnreadGate(fastify: FastifyInstance, gate: UnreadGate): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    try {
      if (isTranslation(request)) gate.assertTakes(request);
    } catch (error) {
      if (!(error instanceof TranslationError)) throw error;
      refuseUnread(request, error, done);
      return;
    }
    done();
  });
}
