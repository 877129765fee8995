import type { FastifyInstance } from 'fastify';
import type { ServerResponse } from 'node:http';
import { retryAfterSeconds } from '#libs/batching';
import { TranslationError } from '#libs/domain';
import { isTranslation } from '../metrics/request-metrics.js';
import { refuseUnread } from './refuse-unread.js';

/** While others come, one that waits is let in every so many turns of the event loop. */
const TURNS_TO_ENTER = 8;

/** Lets translations in one by one, with the way past them free for all else. */
export function addTurnstile(fastify: FastifyInstance, maxWaiting: number): void {
  const turnstile = new Turnstile(maxWaiting);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!isTranslation(request)) {
      done();
      return;
    }
    try {
      turnstile.pass(reply.raw, () => {
        if (request.trace) request.trace.enteredAtMs = performance.now();
        done();
      });
    } catch (error) {
      refuseUnread(request, error as TranslationError, done);
    }
  });
}

/**
 * Where requests wait for the service process itself.
 *
 * Node accepts one connection in each turn of its event loop (libuv since 1.45). If each turn also worked a request off,
 * from its head to its answer, a burst would wait in the system's queue: that one is short, resets what it has no
 * room for, and holds probes up behind everybody else. So one request a turn goes through; what comes beyond waits
 * here, and until the burst is accepted most turns have nothing else to do.
 */
export class Turnstile {
  /** Who waits, and since when, in the order of arrival. */
  readonly #waiting = new Map<() => void, number>();
  #isTurning = false;
  #hasArrivals = false;
  #turnsSinceEntry = 0;

  constructor(private readonly maxWaiting: number) {}

  /**
   * Calls `enter` at once where nobody goes before it, later otherwise, and never where the client has left by then. Throws
   * `queue-full`.
   */
  pass(response: ServerResponse, enter: () => void): void {
    if (this.#waiting.size >= this.maxWaiting) throw this.#full();
    this.#hasArrivals = true;
    if (!this.#isTurning) {
      this.#isTurning = true;
      this.#turnsSinceEntry = 0;
      setImmediate(this.#turn);
      enter();
      return;
    }
    this.#waiting.set(enter, performance.now());
    response.once('close', () => this.#waiting.delete(enter));
  }

  readonly #turn = (): void => {
    const isAccepting = this.#hasArrivals;
    this.#hasArrivals = false;
    const [next] = this.#waiting.keys();
    // Who comes in the turn after another is part of a burst, too.
    this.#isTurning = isAccepting || next !== undefined;
    if (!this.#isTurning) return;
    setImmediate(this.#turn);
    this.#turnsSinceEntry++;
    if (next === undefined || (isAccepting && this.#turnsSinceEntry < TURNS_TO_ENTER)) return;
    this.#turnsSinceEntry = 0;
    this.#waiting.delete(next);
    next();
  };

  #full(): TranslationError {
    const now = performance.now();
    const [oldestAtMs = now] = this.#waiting.values();
    return new TranslationError(
      'queue-full',
      `More requests come than can be read: ${this.maxWaiting} wait for it, and no more are allowed. Try again later, or with fewer requests of more records.`,
      // What the next to enter has waited is the least that one at the end would.
      { retryAfterSeconds: retryAfterSeconds(now - oldestAtMs) },
    );
  }
}
