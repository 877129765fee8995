import type { FastifyInstance } from 'fastify';
import { TranslationError } from '#libs/domain';
import { pathOf } from '../http/request-path.js';
import type { Dialect } from './dialect.js';

/**
 * What goes before the routes of dialects: leave for pages of other origins (Fetch Standard, section 3.3), as
 * LibreTranslate gives it, and the refusal of what is not offered, before its body is read.
 */
export function addDialectHooks(fastify: FastifyInstance, dialects: readonly Dialect[]): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const path = pathOf(request);
    if (dialects.some((dialect) => dialect.isOpenToPages(path))) {
      reply.headers({
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'Authorization, Content-Type',
        'access-control-allow-methods': 'GET, POST',
        'access-control-expose-headers': 'Retry-After, X-Request-Id',
        'access-control-max-age': '1728000',
      });
      if (request.method === 'OPTIONS') {
        void reply.code(204).send();
        return;
      }
    }
    for (const dialect of dialects) {
      const refusal = dialect.refusalAt(path);
      if (refusal === undefined) continue;
      // A client that is still sending reads no answer before it is through: let it finish.
      request.raw.resume();
      done(new TranslationError('not-offered', refusal));
      return;
    }
    done();
  });
}
