import type { FastifyRequest } from 'fastify';

/** After so many requests a lesson weighs little more than a third. */
const MEMORY_REQUESTS = 1000;

/**
 * How large requests will turn out to be, by the length of their bodies and what others came to. Each counts as one,
 * however large it was: jobs are long, but what comes next is most likely no job.
 */
export class RequestSizes {
  /** Requests, their source tokens and their source tokens a byte, those of long ago for less. */
  #requests = 0;
  #tokens = 0;
  #tokensPerByte = 0;

  /** A request was read. Bodies of unknown length teach nothing. */
  learn(request: FastifyRequest, sourceTokens: number): void {
    const bodyBytes = bodyBytesOf(request);
    if (bodyBytes === undefined) return;
    const kept = 1 - 1 / MEMORY_REQUESTS;
    this.#requests = this.#requests * kept + 1;
    this.#tokens = this.#tokens * kept + sourceTokens;
    this.#tokensPerByte = this.#tokensPerByte * kept + sourceTokens / bodyBytes;
  }

  /**
   * Of a long body no more than requests have on average: what is too much for a service that takes others may be
   * malformed, and only reading it tells.
   *
   * @returns source tokens, a whole number; undefined where nothing is known.
   */
  expectedSourceTokens(request: FastifyRequest): number | undefined {
    const bodyBytes = bodyBytesOf(request);
    if (bodyBytes === undefined || this.#tokens === 0) return undefined;
    const tokens = Math.min(bodyBytes * this.#tokensPerByte, this.#tokens) / this.#requests;
    return Math.max(1, Math.round(tokens));
  }
}

/** Of a body, as its request's head has it, if it does; the parser of requests takes none but whole numbers. */
export function bodyBytesOf({ headers }: FastifyRequest): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}
