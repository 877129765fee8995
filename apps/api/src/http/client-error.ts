import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { TranslationError } from '#libs/domain';
import { PROBLEM_MEDIA_TYPE, problemOf } from './problem-details.js';

/**
 * Answers what Node's HTTP parser refuses, before there is any request: the response is written by hand.
 *
 * Source: Node's documentation of the server event `clientError`.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const problem = problemOf(parserErrorOf(error.code), requestId);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
    `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function parserErrorOf(code: string | undefined): TranslationError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new TranslationError('request-timeout', 'The request did not arrive in time.');
  if (code === 'HPE_HEADER_OVERFLOW')
    return new TranslationError('headers-too-large', 'The headers are larger than 16 KiB.');
  return new TranslationError('malformed-request', 'The request is not valid HTTP/1.1.');
}
