import { LRUCache } from 'lru-cache';
import type { Hypothesis } from '#libs/domain';
import type { EngineTicket } from '#libs/inference';
import type { SegmentWork } from './segment-work.js';

/** An answer that somebody else's decode gives or has given. */
export type SharedTicket = Pick<EngineTicket, 'cancel'> & {
  readonly result: Promise<{ readonly hypotheses: readonly Hypothesis[] }>;
};

/** Bytes that an entry takes beside its key and its ids, about. */
const ENTRY_BYTES = 256;

/**
 * Equal segments share one decode: those that come while it runs wait for it, and what is finished is kept,
 * the least recently used going first. Segments are equal where their ids, their target language, their options and
 * whether they are aligned are; decoding is deterministic, so nobody can tell.
 */
export class SharedDecodes {
  readonly #running = new Map<string, SharedDecode>();
  readonly #finished: LRUCache<string, readonly Hypothesis[]>;
  #hits = 0;

  constructor(maxBytes: number) {
    this.#finished = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (hypotheses, key) => ENTRY_BYTES + key.length + sum(hypotheses.map(bytesOf)),
    });
  }

  /** Segments that were answered without a decode of their own. */
  get hits(): number {
    return this.#hits;
  }

  get bytes(): number {
    return this.#finished.calculatedSize;
  }

  /** Whether an equal segment has an answer, kept or to come. */
  has(work: SegmentWork): boolean {
    const key = keyOf(work);
    return this.#running.has(key) || this.#finished.has(key);
  }

  /** The answer of an equal segment, kept or to come. */
  find(work: SegmentWork): SharedTicket | undefined {
    const key = keyOf(work);
    const hypotheses = this.#finished.get(key);
    const ticket =
      hypotheses === undefined
        ? this.#running.get(key)?.join()
        : { result: Promise.resolve({ hypotheses }), cancel: () => undefined };
    if (ticket !== undefined) this.#hits++;
    return ticket;
  }

  /** Lets others share the decode of a segment, which is about to be handed to an engine. */
  begin(work: SegmentWork): SharedDecode {
    const key = keyOf(work);
    const decode = new SharedDecode((hypotheses) => {
      if (this.#running.get(key) === decode) this.#running.delete(key);
      if (hypotheses !== undefined) this.#finished.set(key, hypotheses);
    });
    this.#running.set(key, decode);
    return decode;
  }
}

/** One decode in an engine, and how many wait for it. */
export class SharedDecode {
  readonly #result: EngineTicket['result'];
  #resolve!: (result: EngineTicket['result']) => void;
  #ticket: EngineTicket | undefined;
  #waiting = 0;

  /** `onEnd` is called with the hypotheses, or without where there will be none. */
  constructor(private readonly onEnd: (hypotheses?: readonly Hypothesis[]) => void) {
    this.#result = new Promise<Awaited<EngineTicket['result']>>((resolve) => {
      this.#resolve = resolve;
    });
  }

  start(ticket: EngineTicket): void {
    this.#ticket = ticket;
    this.#resolve(ticket.result);
    ticket.result.then(
      ({ hypotheses }) => {
        this.onEnd(hypotheses);
      },
      () => {
        this.onEnd();
      },
    );
  }

  /** Waits for the result too. The engine drops the sentence when the last that waits has cancelled. */
  join(): SharedTicket {
    this.#waiting++;
    return {
      result: this.#result,
      cancel: (reason) => {
        if (--this.#waiting > 0) return;
        this.onEnd();
        this.#ticket?.cancel(reason);
      },
    };
  }
}

/** Equal for equal segments alone. */
function keyOf({ sourceTokenIds, forcedBosId, options, wantsAlignment }: SegmentWork): string {
  const { buffer, byteOffset, byteLength } = sourceTokenIds;
  // One byte of a string for each byte of an id.
  const ids = Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
  const aligned = wantsAlignment === true ? 'aligned' : '';
  return `${forcedBosId ?? ''}${JSON.stringify(options)}${aligned}${ids}`;
}

function bytesOf({ sourceAttention = [], tokenIds }: Hypothesis): number {
  return tokenIds.byteLength + sum(sourceAttention.map(({ byteLength }) => byteLength));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
