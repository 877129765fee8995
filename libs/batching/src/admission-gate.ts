import { TranslationError } from '#libs/domain';

/**
 * Lets a request into the queue whole or not at all. The permits are waiting source tokens; they are
 * counted by whoever owns the queue.
 */
export class AdmissionGate {
  #isDraining = false;

  constructor(private readonly maxQueueTokens: number) {}

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** From now on nothing is let in. */
  close(): void {
    this.#isDraining = true;
  }

  /**
   * Throws `draining` or `queue-full`. A request that is larger than the whole queue is let in where nothing
   * waits: it could never be otherwise, and the limits on bodies bound it.
   */
  assertAdmits(requestTokens: number, waitingTokens: number, retryAfterSeconds: number): void {
    if (this.#isDraining)
      throw new TranslationError(
        'draining',
        'This server is shutting down and takes no new work. Send the request again: another one will take it.',
        { retryAfterSeconds: 1 },
      );
    if (waitingTokens > 0 && waitingTokens + requestTokens > this.maxQueueTokens)
      throw new TranslationError(
        'queue-full',
        `${waitingTokens} source tokens wait, this request has ${requestTokens}, and the queue holds ${this.maxQueueTokens}. Try again later, or with fewer records.`,
        { retryAfterSeconds },
      );
  }
}
