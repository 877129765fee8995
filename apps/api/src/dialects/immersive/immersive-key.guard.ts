import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Callers } from '../../callers.js';
import { keyInHeaders } from '../../translation/api-key.guard.js';
import { noteCaller } from '../../translation/note-caller.js';

/** The key stands in the address: `?token=KEY`. The service's own headers count as well. */
@Injectable()
export class ImmersiveKeyGuard implements CanActivate {
  constructor(private readonly callers: Callers) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { token } = request.query as { readonly token?: unknown };
    const key = typeof token === 'string' ? token : keyInHeaders(request);
    const refusal = 'No key that this server knows. Put it into the address: /imme?token=KEY.';
    noteCaller(request, this.callers, key, refusal);
    return true;
  }
}
