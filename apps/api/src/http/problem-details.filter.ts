import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemReplies } from './problem-replies.js';

/** Whatever is thrown on a request's way becomes problem details here, in one place. */
@Catch()
export class ProblemDetailsFilter implements ExceptionFilter {
  constructor(private readonly replies: ProblemReplies) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.replies.send(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}
