import type { FastifyRequest } from 'fastify';

/** After so many requests a lesson weighs little more than a third. */
const MEMORY_REQUESTS = 1000;

/**
 * How large requests will turn out to be, by the length of their bodies and what others came to. Each counts as one,
 * however large it was: jobs are long, but what comes next is most likely no job.
 */
export class RequestSizes {
  /** Requests, and their source tokens a byte, those of long ago for less. */
  #requests = 0;
  #tokensPerByte = 0;

  /** A request was read. Bodies of unknown length teach nothing. */
  learn(request: FastifyRequest, sourceTokens: number): void {
    const bodyBytes = bodyBytesOf(request);
    if (bodyBytes === undefined) return;
    const kept = 1 - 1 / MEMORY_REQUESTS;
    this.#requests = this.#requests * kept + 1;
    this.#tokensPerByte = this.#tokensPerByte * kept + sourceTokens / bodyBytes;
  }

  /** Source tokens, a whole number; undefined where nothing is known. */
  expectedSourceTokens(request: FastifyRequest): number | undefined {
    const bodyBytes = bodyBytesOf(request);
    if (bodyBytes === undefined || this.#tokensPerByte === 0) return undefined;
    return Math.max(1, Math.round(bodyBytes * (this.#tokensPerByte / this.#requests)));
  }
}

/** As the head has it; the parser of requests takes none but whole numbers. */
function bodyBytesOf({ headers }: FastifyRequest): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}
