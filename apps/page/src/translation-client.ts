import { faultOf, unreachable } from './fault.js';
import type { LanguagePair, TranslatedLine } from './live-translation.js';
import { parseServerTiming } from './server-timing.js';

/** A row of `GET /languages`. */
export interface Language {
  readonly code: string;
  /** In English. */
  readonly name: string;
  /** What it can be translated into. */
  readonly targets: readonly string[];
  /** How well the model writes it. */
  readonly tier: string;
}

/** In the place of a source language: the server is to find it out. */
export const AUTO = 'auto';

interface TranslationAnswer {
  readonly result: readonly {
    readonly text: string;
    readonly truncated?: boolean;
    readonly detectedLanguage?: { readonly language: string };
  }[];
}

/** The service that the page came from. Every method rejects with a `Fault`, or with anything once aborted. */
export class TranslationClient {
  /** Sent with every translation; empty where the server asks for none. */
  key = '';

  async listLanguages(): Promise<readonly Language[]> {
    const response = await send('languages');
    return (await response.json()) as readonly Language[];
  }

  async translate(
    line: string,
    { from, to }: LanguagePair,
    signal: AbortSignal,
  ): Promise<TranslatedLine> {
    const records = [{ id: 0, text: line }];
    const response = await send('translation', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.key === '' ? {} : { 'x-api-key': this.key }),
      },
      body: JSON.stringify({ payload: { fromLang: from, toLang: to, records } }),
      signal,
    });
    const [record] = ((await response.json()) as TranslationAnswer).result;
    const detected = record?.detectedLanguage?.language;
    return {
      // What is in the target language already stays as it is.
      text: detected === to ? line : (record?.text ?? ''),
      isTruncated: record?.truncated === true,
      timing: parseServerTiming(response.headers.get('server-timing')),
      detected,
    };
  }
}

/** Addresses are relative to the page's own: a proxy may have put the service under a path. */
async function send(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(path, init).catch((reason: unknown) => {
    throw unreachable(reason);
  });
  if (!response.ok) throw await faultOf(response);
  return response;
}
