import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BatchingService } from '#libs/batching';
import type { AppConfig } from '#libs/config';
import { TranslationError } from '#libs/domain';
import { isTranslation } from '../metrics/request-metrics.js';
import { requestBounds } from './request-bounds.js';
import { refuseUnread } from './refuse-unread.js';
import type { RequestSizes } from './request-sizes.js';

/**
 * Refuses translations that would be refused when they are read. To read one takes a millisecond of the
 * processor that the engines need, and under overload most are read in vain.
 *
 * Callers with keys are not told apart before their requests are read.
 */
export function addUnreadGate(
  fastify: FastifyInstance,
  batching: Pick<BatchingService, 'assertTakes'>,
  sizes: RequestSizes,
  { apiKeys, requestTimeoutMs }: Pick<AppConfig, 'apiKeys' | 'requestTimeoutMs'>,
): void {
  if (apiKeys.length > 0) return;
  const refusalOf = (request: FastifyRequest): TranslationError | undefined => {
    const sourceTokens = sizes.expectedSourceTokens(request);
    if (sourceTokens === undefined) return undefined;
    try {
      batching.assertTakes(sourceTokens, requestBounds(request, requestTimeoutMs));
      return undefined;
    } catch (error) {
      if (error instanceof TranslationError) return error;
      throw error;
    }
  };
  fastify.addHook('onRequest', (request, _reply, done) => {
    const refusal = isTranslation(request) ? refusalOf(request) : undefined;
    if (refusal === undefined) done();
    else refuseUnread(request, refusal, done);
  });
}
