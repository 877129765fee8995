import { Agent, type Dispatcher, request } from 'undici';
import { OperatorError } from '#libs/domain';
import type { Ending } from './open-loop.js';

export interface CallerOptions {
  /** Origin of the service. */
  readonly url: string;
  readonly fromLang: string;
  readonly toLang: string;
  /** Texts of the records, taken in turn; at least one. */
  readonly texts: readonly string[];
  /** Records in a request. */
  readonly paySize: number;
  /** Deadline of a request: the service is told, and a moment later the caller gives up. */
  readonly timeoutMs: number;
  /** For a service that has `API_KEYS`. */
  readonly apiKey: string | undefined;
}

/** What an answer may be late before it counts as none: a service that keeps the deadline says so itself. */
const GRACE_MS = 5000;
/** A record is a few hundred bytes; a server that sends without end is cut. */
const MAX_ANSWER_BYTES = 2 ** 28;

/** Calls `POST /translation`, each request on a connection of its own where all others are busy. */
export class TranslationCaller {
  readonly #agent: Agent;

  constructor(private readonly options: CallerOptions) {
    this.#agent = new Agent({
      headersTimeout: options.timeoutMs + GRACE_MS,
      bodyTimeout: options.timeoutMs + GRACE_MS,
      maxResponseSize: MAX_ANSWER_BYTES,
    });
  }

  /** Sends the request of an index; never rejects. */
  async translate(index: number): Promise<Ending> {
    try {
      return await this.#translate(index);
    } catch {
      // Why a connection failed is the system's word, and the same for thousands; the count is what matters.
      return 'no answer';
    }
  }

  /**
   * Asks the service for its languages.
   *
   * @throws OperatorError where there is no service, or it does not serve the two languages.
   */
  async check(): Promise<void> {
    const { url, fromLang, toLang } = this.options;
    const languages = await this.#readLanguages();
    const [from, to] = [fromLang, toLang].map((code) => code.toLowerCase());
    const source = languages.find(({ code }) => code?.toLowerCase() === from);
    if (source?.targets?.some((code) => code.toLowerCase() === to) !== true)
      throw new OperatorError(
        `The service at ${url} does not translate from "${fromLang}" to "${toLang}". Choose with --from and --to from: ${languages.map(({ code }) => code).join(', ')}.`,
      );
  }

  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const { statusCode, body } = await this.#send(path, {});
    return { status: statusCode, text: await body.text() };
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #translate(index: number): Promise<Ending> {
    const { fromLang, toLang, timeoutMs, apiKey } = this.options;
    const records = this.#recordsOf(index);
    const { statusCode, body } = await this.#send('/translation', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-request-timeout-ms': String(timeoutMs),
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({ payload: { fromLang, toLang, records } }),
    });
    const text = await body.text();
    if (statusCode !== 200) return statusCode;
    const { result } = JSON.parse(text) as { result?: { id?: unknown; text?: unknown }[] };
    const isWhole =
      result?.length === records.length &&
      records.every(({ id }, place) => {
        const record = result[place];
        // A model may find that there is nothing to say.
        return record?.id === id && typeof record.text === 'string';
      });
    return isWhole ? 200 : 'wrong answer';
  }

  #send(
    path: string,
    options: Omit<Dispatcher.RequestOptions, 'origin' | 'path' | 'method'> & { method?: 'POST' },
  ): Promise<Dispatcher.ResponseData> {
    // The timeouts of the agent start anew with each byte; this one does not.
    const signal = AbortSignal.timeout(this.options.timeoutMs + GRACE_MS);
    return request(`${this.options.url}${path}`, { dispatcher: this.#agent, signal, ...options });
  }

  #recordsOf(index: number): { id: number; text: string }[] {
    const { texts, paySize } = this.options;
    return Array.from({ length: paySize }, (_, id) => ({
      id,
      text: texts[(index * paySize + id) % texts.length] ?? '',
    }));
  }

  async #readLanguages(): Promise<{ code?: string; targets?: readonly string[] }[]> {
    const { url } = this.options;
    const answer = await this.get('/languages').catch((cause: unknown) => {
      const reason = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
      throw new OperatorError(
        `There is no service at ${url} (${reason ?? String(cause)}). Start one with "babelserve serve", or name its address with --url.`,
      );
    });
    try {
      const languages: unknown = JSON.parse(answer.text);
      if (answer.status === 200 && Array.isArray(languages)) return languages as [];
    } catch {
      // As below: whatever it is, it is no list of languages.
    }
    throw new OperatorError(
      `What answers at ${url} is no translation service: GET /languages has status ${answer.status} and no list.`,
    );
  }
}
