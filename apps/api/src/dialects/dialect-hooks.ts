import type { FastifyInstance } from 'fastify';
import { TranslationError } from '#libs/domain';
import { refuseUnread } from '../http/refuse-unread.js';
import { pathOf } from '../http/request-path.js';
import type { Dialect } from './dialect.js';

/**
 * What goes before the routes of dialects: their headers, answers to the preflights of pages, and the refusal
 * of what is not offered, before its body is read.
 */
export function addDialectHooks(fastify: FastifyInstance, dialects: readonly Dialect[]): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const path = pathOf(request);
    for (const dialect of dialects) reply.headers(dialect.headersAt(path, request.id));
    if (request.method === 'OPTIONS' && reply.hasHeader('access-control-allow-origin')) {
      void reply.code(204).send();
      return;
    }
    for (const dialect of dialects) {
      const refusal = dialect.refusalAt(path);
      if (refusal === undefined) continue;
      refuseUnread(request, new TranslationError('not-offered', refusal), done);
      return;
    }
    done();
  });
}
