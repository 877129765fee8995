import type { Fault } from './fault.js';
import { type LineOutcome, LineQueue } from './line-queue.js';
import type { LineTiming } from './server-timing.js';
import { distinctLines, isBlank, splitLines } from './text-lines.js';

export interface LanguagePair {
  /** A code, or `auto`. */
  readonly from: string;
  readonly to: string;
}

export interface TranslatedLine {
  readonly text: string;
  /** Whether the model ran into its longest target. */
  readonly isTruncated: boolean;
  /** Undefined where the answer does not say. */
  readonly timing: LineTiming | undefined;
  /** What the language was found to be, where it was asked for. */
  readonly detected: string | undefined;
}

/** A line of the translation, as it is shown. */
export type LineView =
  | { readonly kind: 'blank'; readonly text: string }
  | { readonly kind: 'done'; readonly line: TranslatedLine }
  /** `previous` is what stood there before. */
  | { readonly kind: 'waiting'; readonly previous: string | undefined }
  | { readonly kind: 'failed'; readonly fault: Fault };

/** What keeps every line from being translated. */
export interface Obstacle {
  readonly fault: Fault;
  /** When it is tried again, as of `Date.now()`; undefined where the user has to ask for it. */
  readonly retryAtMs: number | undefined;
}

export interface TranslationView {
  readonly lines: readonly LineView[];
  readonly obstacle: Obstacle | undefined;
  /** Whether lines are still to come. */
  readonly isWorking: boolean;
}

export const NO_TRANSLATION: TranslationView = {
  lines: [],
  obstacle: undefined,
  isWorking: false,
};

/** Sends a line to the server. Rejects with a `Fault`, or with anything once `signal` is aborted. */
export type TranslateLine = (
  line: string,
  pair: LanguagePair,
  signal: AbortSignal,
) => Promise<TranslatedLine>;

/** How long the keyboard has to rest before what was typed is sent. */
export const TYPING_PAUSE_MS = 300;
/** Requests at once. Browsers open six connections to a server; two are left for everything else. */
export const MAX_REQUESTS = 4;

/**
 * The translation of a text that is being typed. Every line is a request of its own, so that lines appear as
 * they are finished and a change costs the line that it is in. What was typed over is aborted at once; what was
 * typed is sent when the keyboard rests.
 */
export class LiveTranslation {
  #pair: LanguagePair = { from: '', to: '' };
  #lines: readonly string[] = [];
  #results = new Map<string, TranslatedLine>();
  #faults = new Map<string, Fault>();
  /** What stood in each line when it last had a translation. */
  #shown: readonly (string | undefined)[] = [];
  #obstacle: Obstacle | undefined;
  #typingTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #queue: LineQueue<TranslatedLine>;

  constructor(
    translateLine: TranslateLine,
    private readonly onChange: (view: TranslationView) => void,
  ) {
    this.#queue = new LineQueue(
      (line, signal) => translateLine(line, this.#pair, signal),
      (line, outcome) => {
        this.#settle(line, outcome);
      },
      MAX_REQUESTS,
    );
  }

  /** Takes the text as it is now. Other languages are a wish of its own: they do not wait for the keyboard. */
  update(text: string, pair: LanguagePair): void {
    const isOtherPair = pair.from !== this.#pair.from || pair.to !== this.#pair.to;
    if (isOtherPair) this.#startOver(pair);
    const lines = splitLines(text);
    if (lines.length !== this.#lines.length) this.#shown = [];
    this.#lines = lines;
    const present = new Set(lines);
    this.#results = keep(this.#results, present);
    this.#faults = keep(this.#faults, present);
    this.#queue.keepOnly(present);
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(
      () => {
        // Whoever goes on typing wants to know whether the server is back.
        if (this.#obstacle?.fault.kind === 'unreachable') this.#clearObstacle();
        this.#queue.want(this.#missingLines());
        this.#report();
      },
      isOtherPair ? 0 : TYPING_PAUSE_MS,
    );
    this.#report();
  }

  /** Tries everything again that failed, now. */
  retry(): void {
    this.#faults.clear();
    this.#clearObstacle();
    this.#queue.want(this.#missingLines());
    this.#report();
  }

  /** Ends everything that is under way; nothing is reported any more. */
  close(): void {
    clearTimeout(this.#typingTimer);
    clearTimeout(this.#retryTimer);
    this.#queue.want([]);
  }

  #startOver(pair: LanguagePair): void {
    this.#queue.want([]);
    this.#clearObstacle();
    this.#pair = pair;
    this.#results.clear();
    this.#faults.clear();
  }

  #settle(line: string, outcome: LineOutcome<TranslatedLine>): void {
    if ('result' in outcome) this.#results.set(line, outcome.result);
    else if (outcome.fault.isGeneral) this.#stop(outcome.fault);
    else this.#faults.set(line, outcome.fault);
    this.#report();
  }

  /** Sends nothing more until the server has room again, or the user says so. */
  #stop(fault: Fault): void {
    this.#queue.pause();
    clearTimeout(this.#retryTimer);
    const { retryAfterSeconds } = fault.more;
    const waitMs = retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000;
    this.#obstacle = {
      fault,
      retryAtMs: waitMs === undefined ? undefined : Date.now() + waitMs,
    };
    if (waitMs === undefined) return;
    this.#retryTimer = setTimeout(() => {
      this.retry();
    }, waitMs);
  }

  #clearObstacle(): void {
    clearTimeout(this.#retryTimer);
    this.#obstacle = undefined;
    this.#queue.resume();
  }

  #missingLines(): string[] {
    return distinctLines(this.#lines).filter(
      (line) => !this.#results.has(line) && !this.#faults.has(line),
    );
  }

  #report(): void {
    const lines = this.#lines.map((line, index) => this.#viewOf(line, index));
    this.#shown = lines.map((view, index) =>
      view.kind === 'done' ? view.line.text : this.#shown[index],
    );
    const isWorking = lines.some(({ kind }) => kind === 'waiting');
    // Nothing is in the way of a text that has its translation.
    this.onChange({ lines, obstacle: isWorking ? this.#obstacle : undefined, isWorking });
  }

  #viewOf(line: string, index: number): LineView {
    if (isBlank(line)) return { kind: 'blank', text: line };
    const result = this.#results.get(line);
    if (result !== undefined) return { kind: 'done', line: result };
    const fault = this.#faults.get(line);
    if (fault !== undefined) return { kind: 'failed', fault };
    return { kind: 'waiting', previous: this.#shown[index] };
  }
}

function keep<Value>(
  map: ReadonlyMap<string, Value>,
  keys: ReadonlySet<string>,
): Map<string, Value> {
  return new Map([...map].filter(([key]) => keys.has(key)));
}
