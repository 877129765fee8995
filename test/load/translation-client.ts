import { Agent, type Dispatcher, request } from 'undici';
import type { Ending } from '#libs/load-testing';

/** One text with its languages. */
export interface LoadText {
  readonly fromLang: string;
  readonly toLang: string;
  readonly text: string;
}

/** Longer than any deadline that a load is measured with. */
export const PATIENCE_MS = 600_000;

/** Sends requests to a service, each on a connection of its own where all others are busy. */
export class TranslationClient {
  readonly #agent: Agent;

  constructor(
    private readonly url: string,
    private readonly texts: readonly LoadText[],
    /** Deadline of each request; the service's own where there is none. */
    private readonly timeoutMs?: number,
  ) {
    // A lost answer must end the run, not hold it up for ever.
    this.#agent = new Agent({ headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
  }

  /** A request with texts from `index` on; never rejects. */
  async translate(index: number, count = 1): Promise<Ending> {
    try {
      return await this.#translate(index, count);
    } catch {
      return 'no answer';
    }
  }

  async get(path: string): Promise<{ status: number; text: string }> {
    const { statusCode, body } = await request(`${this.url}${path}`, { dispatcher: this.#agent });
    return { status: statusCode, text: await body.text() };
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #translate(index: number, count: number): Promise<Ending> {
    const records = Array.from({ length: count }, (_, place) => {
      const { text, ...languages } = this.#textOf(index + place);
      return { id: index + place, text, ...(count === 1 ? {} : languages) };
    });
    const { fromLang, toLang } = this.#textOf(index);
    const { status, body } = await this.#post(
      JSON.stringify({ payload: { fromLang, toLang, records } }),
    );
    if (status !== 200) return status;
    const { result } = JSON.parse(body.toString()) as { result?: { id?: number; text?: string }[] };
    // Random weights may translate to nothing at all.
    const isWhole =
      result?.length === count &&
      result.every(({ id, text }, place) => id === index + place && typeof text === 'string');
    return isWhole ? status : 'wrong answer';
  }

  /** Without streams: a generator shares its machine with the service, and takes as little of it as it can. */
  #post(body: string): Promise<{ readonly status: number; readonly body: Buffer }> {
    const headers = {
      'content-type': 'application/json',
      ...(this.timeoutMs === undefined ? {} : { 'x-request-timeout-ms': String(this.timeoutMs) }),
    };
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let status = 0;
      const handler: Dispatcher.DispatchHandler = {
        // Where it is missing, undici expects the handlers of its older interface.
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode) => {
          status = statusCode;
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk);
        },
        onResponseEnd: () => {
          resolve({ status, body: Buffer.concat(chunks) });
        },
        onResponseError: (_controller, error) => {
          reject(error);
        },
      };
      const options = { origin: this.url, path: '/translation', method: 'POST', headers, body };
      this.#agent.dispatch(options, handler);
    });
  }

  #textOf(index: number): LoadText {
    const text = this.texts[index % this.texts.length];
    if (text === undefined) throw new Error('there is no text to send');
    return text;
  }
}
