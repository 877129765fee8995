import type { FastifyReply, FastifyRequest } from 'fastify';
import { ERROR_CODES, TranslationError } from '#libs/domain';
import type { Logger } from '#libs/observability';
import type { ErrorForm } from './error-answer.js';
import { translationErrorOf } from './framework-error.js';
import { problemAnswer } from './problem-details.js';
import { pathOf } from './request-path.js';

const METHODS = ['GET', 'POST'] as const;

/** Answers requests that failed, wherever they failed. */
export class ProblemReplies {
  constructor(
    private readonly bodyLimitBytes: number,
    private readonly logger: Logger,
    private readonly forms: readonly ErrorForm[] = [],
  ) {}

  send(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const error = this.errorOf(thrown, request);
    if (error.code === 'method-not-allowed')
      reply.header('allow', allowedMethods(request).join(', '));
    if (request.trace) request.trace.errorCode = error.code;
    // Nobody reads what is written to a client that has gone, and half an answer cannot be taken back.
    if (reply.sent || reply.raw.headersSent || reply.raw.destroyed) return;
    const path = pathOf(request);
    const form = this.forms.find((candidate) => candidate.owns(path));
    const answer = form?.answerTo(error) ?? problemAnswer(error, request.id);
    void reply
      .code(answer.status)
      .headers({ ...answer.headers, 'x-request-id': request.id })
      .type(answer.mediaType)
      // As bytes: to text Fastify would add a charset, which these types do not have.
      .send(Buffer.from(JSON.stringify(answer.body)));
  }

  /** The error as the caller will see it; what is our fault goes to the log with its cause. */
  errorOf(thrown: unknown, request: FastifyRequest): TranslationError {
    const error = translationErrorOf(thrown, this.bodyLimitBytes);
    if (ERROR_CODES[error.code].logLevel === 'error')
      this.logger.error(
        { requestId: request.id, code: error.code, err: error.cause ?? error },
        'request failed',
      );
    const allowed = allowedMethods(request);
    const isOtherMethod = allowed.length > 0 && !allowed.includes(request.method);
    if (error.code !== 'not-found' || !isOtherMethod) return error;
    return new TranslationError(
      'method-not-allowed',
      `${pathOf(request)} takes ${allowed.join(' and ')}, not ${request.method}.`,
    );
  }
}

/** Methods that this path has a route for; none where there is nothing at all. */
function allowedMethods(request: FastifyRequest): string[] {
  const url = pathOf(request);
  return METHODS.filter((method) => request.server.hasRoute({ method, url }));
}
