import { EnvHttpProxyAgent, fetch, type Response } from 'undici';
import type { AppConfig, Secret } from '#libs/config';
import { OperatorError } from '#libs/domain';
import { networkFault } from './network-fault.js';
import { redirectTarget } from './redirect-target.js';
import type { TransferLimits } from './transfer-limits.js';

/** How hubs are reached: the settings that matter here. */
export type HubSettings = Pick<
  AppConfig,
  'hubEndpoint' | 'hubToken' | 'hubOffline' | 'httpProxy' | 'httpsProxy' | 'noProxy'
>;

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_HEADER_BYTES = 16 * 1024;

/**
 * Requests to one hub and to where it redirects, through the proxies that are set. The token goes to the
 * hub's own origin alone: scheme, host and port.
 */
export class HubConnection {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly #origin: string;
  readonly #token: Secret | undefined;
  readonly #dispatcher: EnvHttpProxyAgent;

  constructor(
    settings: HubSettings,
    readonly limits: TransferLimits,
    /** Ends whatever is under way; its reason is what is thrown then. */
    readonly signal: AbortSignal,
  ) {
    this.endpoint = settings.hubEndpoint.replace(/\/+$/, '');
    this.#origin = parseEndpoint(this.endpoint).origin;
    this.#token = settings.hubToken;
    this.#dispatcher = createDispatcher(settings, limits);
  }

  get hasToken(): boolean {
    return this.#token !== undefined;
  }

  /**
   * The answer to a GET after redirects, whatever its status; its body is the caller's to read or cancel.
   *
   * @param signal ends this request and its body.
   * @throws TransientFault where the network fails, OperatorError where the answer is not to be followed.
   */
  async get(
    url: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    let target = new URL(url);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await this.#request(target, headers, signal);
      const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
      if (location === null) return response;
      await response.body?.cancel();
      target = redirectTarget(target, location);
    }
    throw new OperatorError(
      `${new URL(url).host} redirects more than ${MAX_REDIRECTS} times. Check HF_ENDPOINT.`,
    );
  }

  /** The pieces of a body as they arrive; who stops early ends the transfer. Faults are those of `get`. */
  async *chunks({ body, url }: Response): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) yield chunk;
    } catch (error) {
      this.signal.throwIfAborted();
      throw networkFault(error, new URL(url));
    }
  }

  close(): Promise<void> {
    return this.#dispatcher.destroy();
  }

  async #request(
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    const authorization: Record<string, string> =
      this.#token !== undefined && url.origin === this.#origin
        ? { authorization: `Bearer ${this.#token.reveal()}` }
        : {};
    try {
      return await fetch(url, {
        headers: { ...headers, ...authorization, 'user-agent': 'babelserve' },
        redirect: 'manual',
        dispatcher: this.#dispatcher,
        signal: AbortSignal.any([signal, this.signal]),
      });
    } catch (error) {
      this.signal.throwIfAborted();
      throw networkFault(error, url);
    }
  }
}

function parseEndpoint(endpoint: string): URL {
  if (!URL.canParse(endpoint))
    throw new OperatorError(
      `HF_ENDPOINT is "${endpoint}", which is no URL. Set one of http or https.`,
    );
  return new URL(endpoint);
}

function createDispatcher(settings: HubSettings, limits: TransferLimits): EnvHttpProxyAgent {
  return new EnvHttpProxyAgent({
    // Empty means none; left out, undici would read the environment itself.
    httpProxy: proxyUrl('HTTP_PROXY', settings.httpProxy),
    httpsProxy: proxyUrl('HTTPS_PROXY', settings.httpsProxy),
    noProxy: settings.noProxy ?? '',
    connect: { timeout: limits.connectTimeoutMs },
    headersTimeout: limits.answerTimeoutMs,
    bodyTimeout: limits.idleTimeoutMs,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
}

function proxyUrl(variable: string, setting: Secret | undefined): string {
  const url = setting?.reveal() ?? '';
  if (url === '' || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) return url;
  throw new OperatorError(
    `${variable} is not the URL of an HTTP proxy, such as http://proxy:3128. Its value is not shown here.`,
  );
}
