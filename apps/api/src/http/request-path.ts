import type { FastifyRequest } from 'fastify';

/** The path that was asked for, without the query. */
export function pathOf({ url }: Pick<FastifyRequest, 'url'>): string {
  return url.split('?', 1)[0] ?? '';
}
