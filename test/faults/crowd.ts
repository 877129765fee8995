import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunningService } from '../support/service.js';
import { call, type CallOptions, type Outcome } from './caller.js';

/** What became of a number of requests. Each is counted once. */
export interface Tally {
  sent: number;
  ok: number;
  /** By status and code, such as `503 draining`. */
  readonly refused: Map<string, number>;
  /** The caller went away first. */
  left: number;
  /** No answer, a broken connection, or a translation that is not the one that a healthy service gave. */
  readonly lost: string[];
}

/** What the crowd wants translated, from English into German. */
export const TEXTS = [
  'Thank you.',
  'Where is the station?',
  'Tom and Mary went to the station because the weather was nice today.',
  'I have never seen such a beautiful house in my whole life.',
  'Can you tell me what time it is?',
  'My brother wants to learn German next year.',
  'It was raining, so we stayed at home and read books.',
  'The train leaves in ten minutes.',
];

/** A pause after a refusal, as a polite caller makes. */
const PAUSE_MS = 100;

/** Callers of one service (or of the proxy before it) who check and count what they get. */
export class Crowd {
  readonly tally: Tally = { sent: 0, ok: 0, refused: new Map(), left: 0, lost: [] };
  readonly #agent = new Agent({ keepAlive: true });
  #next = 0;

  private constructor(
    private readonly url: string,
    private readonly references: readonly string[],
  ) {}

  /** The translations of a healthy service are what every later one is held to. */
  static async meet(service: RunningService, url = service.url): Promise<Crowd> {
    const records = await service.translate('en', 'de', TEXTS);
    return new Crowd(
      url,
      records.map(({ text }) => text),
    );
  }

  /** Sends one sentence. */
  async ask(options: Partial<CallOptions> = {}): Promise<Outcome> {
    const place = this.#next++ % TEXTS.length;
    const records = [{ id: place, text: TEXTS[place] }];
    const body = JSON.stringify({ payload: { fromLang: 'en', toLang: 'de', records } });
    const expected = JSON.stringify({ result: [{ id: place, text: this.references[place] }] });
    return this.send(body, { ...options, expected });
  }

  /** Sends any body; an answer of 200 has to be `expected` where that is given. */
  async send(
    body: string,
    { expected, ...options }: Partial<CallOptions> & { readonly expected?: string } = {},
  ): Promise<Outcome> {
    this.tally.sent++;
    const outcome = await call(this.url, body, { agent: this.#agent, ...options });
    this.#count(outcome, expected);
    return outcome;
  }

  /** So many callers ask one sentence after the other until told to stop. */
  keepAsking(callers: number): { stop(): Promise<void> } {
    let isOver = false;
    const askOn = async (): Promise<void> => {
      while (!isOver) {
        const outcome = await this.ask();
        if (outcome.kind !== 'answered' || outcome.status !== 200) await delay(PAUSE_MS);
      }
    };
    const all = Promise.all(Array.from({ length: callers }, askOn));
    return {
      stop: async () => {
        isOver = true;
        await all;
      },
    };
  }

  /** Resolves when `more` further requests have got their translation. */
  async untilAnswered(more: number): Promise<void> {
    const goal = this.tally.ok + more;
    while (this.tally.ok < goal) await delay(5);
  }

  /** Closes its connections. */
  leave(): void {
    this.#agent.destroy();
  }

  #count(outcome: Outcome, expected: string | undefined): void {
    const { tally } = this;
    if (outcome.kind === 'left') tally.left++;
    else if (outcome.kind === 'lost') tally.lost.push(outcome.reason);
    else if (outcome.status !== 200) {
      const code = /"urn:babelserve:error:([a-z-]+)"/.exec(outcome.body)?.[1];
      if (code === undefined) tally.lost.push(`${outcome.status} without a code`);
      else countRefusal(tally, `${outcome.status} ${code}`);
    } else if (expected !== undefined && outcome.body !== expected)
      tally.lost.push(`a wrong translation: ${outcome.body}`);
    else tally.ok++;
  }
}

export function countRefusal({ refused }: Tally, statusAndCode: string): void {
  refused.set(statusAndCode, (refused.get(statusAndCode) ?? 0) + 1);
}
