/** Stands in a passage for something that is not for the model: one character, whatever it was. */
export const ATOM = '\ufffc';

/** Markup between two characters of a passage. */
export interface Mark {
  /** The character that it stands before, as a UTF-16 index; the length of the text for the last. */
  readonly at: number;
  readonly source: string;
  /** `blank`: the special blank that the character at that index was written as. */
  readonly role: 'open' | 'close' | 'point' | 'blank';
  /** Of tags. */
  readonly name: string;
}

/**
 * Text that is read in one go, between two borders of blocks, without its markup. `text` has an `ATOM` for
 * each thing that stays as it is and is read like a word: a placeholder, an address, `<code>`.
 */
export interface Passage {
  readonly text: string;
  /** How each UTF-16 unit of the text was written. */
  readonly written: readonly string[];
  /** In the order of the source. */
  readonly marks: readonly Mark[];
  /** Atoms that are a single character of the text, by their index. */
  readonly symbols: ReadonlyMap<number, string>;
  /** Writes a text as its format wants it. */
  readonly write: (text: string) => string;
}

/** Blanks that two atoms may have between them and still be one. */
const MAX_BLANKS_BETWEEN = 20;

/** Puts a passage together in the order of its source. */
export class PassageBuilder {
  readonly #units: string[] = [];
  readonly #written: string[] = [];
  readonly #marks: Mark[] = [];
  readonly #symbols = new Map<number, string>();

  get isEmpty(): boolean {
    return this.#units.length === 0 && this.#marks.length === 0;
  }

  /** `source` is how it was written, where that differs. */
  addText(text: string, source = text): void {
    for (let index = 0; index < text.length; index++) {
      const unit = text.charAt(index);
      this.addUnit(unit, source === text ? unit : index === 0 ? source : '');
    }
  }

  /** One UTF-16 unit. */
  addUnit(unit: string, source: string): void {
    this.#units.push(unit);
    this.#written.push(source);
  }

  addMark(role: Mark['role'], source: string, name = ''): void {
    this.#marks.push({ at: this.#units.length, source, role, name });
  }

  addBlank(source: string): void {
    this.addMark('blank', source);
    this.addUnit(' ', source);
  }

  /** Atoms that only blanks part are one: "{first} {last}" is read as one name. */
  addAtom(source: string, symbol?: string): void {
    if (symbol !== undefined) this.#symbols.set(this.#units.length, symbol);
    const before = symbol === undefined ? this.#atomBefore() : undefined;
    if (before === undefined) {
      this.addUnit(ATOM, source);
      return;
    }
    const merged = this.#written.splice(before).join('') + source;
    this.#units.length = before;
    this.addUnit(ATOM, merged);
  }

  build(write: Passage['write']): Passage {
    return {
      text: this.#units.join(''),
      written: this.#written,
      marks: this.#marks,
      symbols: this.#symbols,
      write,
    };
  }

  /** The atom that what comes next would be one with. */
  #atomBefore(): number | undefined {
    const { length } = this.#units;
    let index = length - 1;
    while (index > length - MAX_BLANKS_BETWEEN && /[^\S\r\n]/.test(this.#units[index] ?? ''))
      index--;
    const isAtom = this.#units[index] === ATOM && !this.#symbols.has(index);
    return isAtom && (this.#marks.at(-1)?.at ?? 0) <= index ? index : undefined;
  }
}
