import type { Mark, Passage } from './passage.js';

/** What is written in the place of a part of a passage. */
interface Replacement {
  readonly start: number;
  readonly end: number;
  /** Marks that are in it. */
  readonly taken: ReadonlySet<Mark>;
}

/** Writes a passage as it was written, or other text in the place of its sentences. */
export class PassageWriter {
  #written = '';
  #unit = 0;
  #mark = 0;

  constructor(private readonly passage: Passage) {}

  write(text: string): void {
    this.#written += text;
  }

  copyUntil(end: number): void {
    for (; this.#unit < end; this.#unit++) {
      this.#writeMarksUntil(this.#unit);
      this.#written += this.passage.written[this.#unit] ?? '';
    }
  }

  /** Marks that are not in the replacement keep their places before and after it. */
  writeInstead({ start, end, taken }: Replacement, text: string): void {
    this.copyUntil(start);
    this.#writeMarksUntil(start, taken);
    this.#written += text;
    this.#unit = end;
    this.#skipTaken(taken);
  }

  finish(): string {
    this.copyUntil(this.passage.text.length);
    this.#writeMarksUntil(this.passage.text.length);
    return this.#written;
  }

  #writeMarksUntil(end: number, taken?: ReadonlySet<Mark>): void {
    const { marks } = this.passage;
    let mark = marks[this.#mark];
    while (mark !== undefined && mark.at <= end) {
      // A blank is written with the unit that it is.
      if (taken?.has(mark) !== true && mark.role !== 'blank') this.#written += mark.source;
      mark = marks[++this.#mark];
    }
  }

  #skipTaken(taken: ReadonlySet<Mark>): void {
    const { marks } = this.passage;
    for (let mark = marks[this.#mark]; mark !== undefined && taken.has(mark);)
      mark = marks[++this.#mark];
  }
}
