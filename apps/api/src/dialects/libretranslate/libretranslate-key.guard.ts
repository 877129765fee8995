import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Callers } from '../../callers.js';
import { keyInHeaders } from '../../translation/api-key.guard.js';
import { noteCaller } from '../../translation/note-caller.js';
import { invalid, RequestValues } from '../request-values.js';

/** The key is a field of the body or the query, `api_key`; the service's own headers count as well. */
@Injectable()
export class LibreTranslateKeyGuard implements CanActivate {
  constructor(private readonly callers: Callers) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (this.callers.areAnonymous) return true;
    const key = RequestValues.of(request).text('api_key') ?? keyInHeaders(request);
    // LibreTranslate's clients expect 400 for a key that is missing and 403 for a wrong one.
    if (key === undefined) throw invalid('Please contact the server operator to get an API key');
    noteCaller(request, this.callers, key, 'Invalid API key');
    return true;
  }
}
