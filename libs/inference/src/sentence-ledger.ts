import type { FinishedSequence, SequenceRequest } from '#libs/decoding';
import { TranslationError } from '#libs/domain';

/** A sentence from its submission to its one answer. */
interface OpenSentence {
  readonly request: SequenceRequest;
  readonly resolve: (finished: FinishedSequence) => void;
  readonly reject: (error: Error) => void;
  /** Whether an engine has ended on it once, in whatever company: it goes alone now. */
  readonly isSuspect: boolean;
}

/**
 * The sentences in a replica's hands: with its engine, or waiting for one. Each settles exactly once.
 *
 * When an engine ends, any of the sentences that it had may be the reason. Each is tried once more, and
 * alone, so that only the one that ends the engine again fails and no other sees a second end.
 */
export class SentenceLedger {
  readonly #withEngine = new Map<number, OpenSentence>();
  readonly #suspects = new Map<number, OpenSentence>();
  readonly #waiting = new Map<number, OpenSentence>();

  get size(): number {
    return this.#withEngine.size + this.#suspects.size + this.#waiting.size;
  }

  /** Beams of all of them. */
  get rows(): number {
    let rows = 0;
    for (const sentences of [this.#withEngine, this.#suspects, this.#waiting])
      for (const { request } of sentences.values()) rows += request.options.beamSize;
    return rows;
  }

  /** Whether sentences go to the engine one by one, after an end. */
  get isIsolating(): boolean {
    if (this.#suspects.size > 0) return true;
    const [sentence] = this.#withEngine.values();
    return sentence?.isSuspect ?? false;
  }

  add(request: SequenceRequest): Promise<FinishedSequence> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { request, resolve, reject, isSuspect: false });
    });
  }

  /** What a ready engine is to get now. It counts as with the engine from here on. */
  takeNext(): SequenceRequest[] {
    if (this.isIsolating) return this.#withEngine.size > 0 ? [] : this.#move(this.#suspects, 1);
    return this.#move(this.#waiting, Infinity);
  }

  /** Answers a sentence. Nothing happens where it has been answered before. */
  resolve(finished: FinishedSequence): void {
    this.#take(finished.id)?.resolve(finished);
  }

  /** Fails a sentence; returns whether it was open. */
  reject(id: number, error: Error): boolean {
    const sentence = this.#take(id);
    sentence?.reject(error);
    return sentence !== undefined;
  }

  rejectAll(error: Error): void {
    for (const sentences of [this.#withEngine, this.#suspects, this.#waiting]) {
      for (const { reject } of sentences.values()) reject(error);
      sentences.clear();
    }
  }

  /** The engine is gone: what it had becomes suspect, and fails with `engine-failed` where it was before. */
  engineEnded(description: string): void {
    for (const [id, sentence] of this.#withEngine) {
      if (sentence.isSuspect)
        sentence.reject(
          new TranslationError(
            'engine-failed',
            `The engine ended twice while it worked on this text, the second time on it alone (${description}).`,
          ),
        );
      else this.#suspects.set(id, { ...sentence, isSuspect: true });
    }
    this.#withEngine.clear();
  }

  #move(from: Map<number, OpenSentence>, most: number): SequenceRequest[] {
    const requests: SequenceRequest[] = [];
    for (const [id, sentence] of from) {
      if (requests.length >= most) break;
      from.delete(id);
      this.#withEngine.set(id, sentence);
      requests.push(sentence.request);
    }
    return requests;
  }

  #take(id: number): OpenSentence | undefined {
    for (const sentences of [this.#withEngine, this.#suspects, this.#waiting]) {
      const sentence = sentences.get(id);
      if (sentences.delete(id)) return sentence;
    }
    return undefined;
  }
}
