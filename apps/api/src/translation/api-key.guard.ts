import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Callers } from '../callers.js';
import { noteCaller } from './note-caller.js';

/** Lets requests by that have a key, where keys are asked for, and notes whose it is. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly callers: Callers) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    noteCaller(request, this.callers, keyInHeaders(request));
    return true;
  }
}

/** `Authorization: Bearer KEY` (RFC 6750, section 2.1), else `X-API-Key: KEY`. */
export function keyInHeaders({ headers }: FastifyRequest): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const own = headers['x-api-key'];
  return bearer ?? (typeof own === 'string' ? own : undefined);
}
