import { Agent, request } from 'undici';
import type { Ending } from './open-loop.js';

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

  /** A request with one record; `failed` where its answer is not the one record that was sent. */
  async translate(index: number): Promise<Ending> {
    const { fromLang, toLang, text } = this.#textOf(index);
    const { statusCode, body } = await request(`${this.url}/translation`, {
      dispatcher: this.#agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.timeoutMs === undefined ? {} : { 'x-request-timeout-ms': String(this.timeoutMs) }),
      },
      body: JSON.stringify({ payload: { fromLang, toLang, records: [{ id: index, text }] } }),
    });
    if (statusCode !== 200) {
      await body.dump();
      return statusCode;
    }
    const { result } = (await body.json()) as { result?: { id?: number; text?: string }[] };
    const isWhole = result?.length === 1 && result[0]?.id === index && result[0].text !== '';
    return isWhole ? statusCode : 'failed';
  }

  async get(path: string): Promise<{ status: number; text: string }> {
    const { statusCode, body } = await request(`${this.url}${path}`, { dispatcher: this.#agent });
    return { status: statusCode, text: await body.text() };
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  #textOf(index: number): LoadText {
    const text = this.texts[index % this.texts.length];
    if (text === undefined) throw new Error('there is no text to send');
    return text;
  }
}
