import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Callers } from '../../callers.js';
import { keyInHeaders } from '../../translation/api-key.guard.js';
import { noteCaller } from '../../translation/note-caller.js';
import { RequestValues } from '../request-values.js';

const REFUSAL =
  'Authorization failed. Send the key of this server as Authorization: DeepL-Auth-Key KEY.';

/** `Authorization: DeepL-Auth-Key KEY`, or the field `auth_key` of older clients. */
@Injectable()
export class DeepLKeyGuard implements CanActivate {
  constructor(private readonly callers: Callers) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (this.callers.areAnonymous) return true;
    const inHeader = /^DeepL-Auth-Key +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const key = inHeader ?? keyInHeaders(request) ?? RequestValues.of(request).text('auth_key');
    noteCaller(request, this.callers, key, REFUSAL);
    return true;
  }
}
