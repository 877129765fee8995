import { OperatorError } from '#libs/domain';
import { TransientFault } from './retries.js';

/** What may pass: code of the system or of undici, and how the sentence about the host goes on. */
const PASSING: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'could not be looked up: there may be no network',
  ENOTFOUND: 'could not be looked up: there may be no network, or no such host',
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'cut the connection',
  EPIPE: 'cut the connection',
  EHOSTUNREACH: 'cannot be reached: there may be no network',
  ENETUNREACH: 'cannot be reached: there may be no network',
  ETIMEDOUT: 'did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'stopped sending',
  UND_ERR_SOCKET: 'cut the connection',
};

const CERTIFICATE = /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** An error of a request or a body: a `TransientFault` where another attempt may help, else an `OperatorError`. */
export function networkFault(error: unknown, url: URL): Error {
  if (error instanceof TransientFault || error instanceof OperatorError) return error;
  const cause = innermost(error);
  if (cause.name === 'TimeoutError')
    return new TransientFault(`${url.host} did not answer in time.`, undefined, { cause });
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const passing = PASSING[code];
  if (passing !== undefined)
    return new TransientFault(`${whereabouts(cause, url)} ${passing}.`, undefined, { cause });
  // What undici makes of a proxy that does not open the tunnel.
  const proxyStatus = /^Proxy response \((\d{3})\)/.exec(cause.message)?.[1];
  if (proxyStatus !== undefined)
    return new TransientFault(
      `The proxy (HTTPS_PROXY, HTTP_PROXY) answered with status ${proxyStatus} when asked for ${url.host}.`,
      undefined,
      { cause },
    );
  return new OperatorError(describe(code, cause, url.host), { cause });
}

/** The host and, where the system says so, which of its addresses or which proxy on the way it was. */
function whereabouts(
  cause: Error & { hostname?: string; address?: string; port?: number },
  url: URL,
): string {
  const { hostname, address, port } = cause;
  if (hostname !== undefined) return hostname;
  return address === undefined ? url.host : `${url.host} (at ${address}:${port ?? ''})`;
}

function describe(code: string, cause: Error, host: string): string {
  if (code === 'UND_ERR_HEADERS_OVERFLOW')
    return `${host} sends more headers than are allowed. Check HF_ENDPOINT.`;
  if (CERTIFICATE.test(code))
    return `The certificate of ${host} is not trusted (${code}). Behind a proxy of your own, name its authority in NODE_EXTRA_CA_CERTS.`;
  return `${host} could not be understood (${code === '' ? cause.message : code}). Check HF_ENDPOINT and the proxy settings.`;
}

/** `fetch` hides what happened behind "fetch failed" or "terminated". */
function innermost(error: unknown): Error {
  let inner = error instanceof Error ? error : new Error(String(error));
  for (let depth = 0; depth < 8 && inner.cause instanceof Error; depth++) inner = inner.cause;
  // Several addresses of a host were tried; each failed, and one reason is enough.
  const [first] = inner instanceof AggregateError ? (inner.errors as unknown[]) : [];
  return first instanceof Error ? first : inner;
}
