import type { TextRange } from '#libs/tokenization';
import { findForms, isSpacedLetter } from './find-forms.js';
import { ATOM } from './passage.js';

/**
 * Names that stand in for atoms while a sentence is translated, as they may come back. The model has seen
 * them often, so it copies them; it reads a noun, which most placeholders are. In scripts of their own they
 * are written by sound.
 */
const NAMES: readonly (readonly string[])[] = [
  ['Tom', 'トム', '汤姆', '톰', 'Том'],
  ['Boston', 'ボストン', '波士顿', '보스턴', 'Бостон'],
  ['Mary', 'メアリー', '玛丽', '메리', 'Мэри'],
  ['John', 'ジョン', '约翰', '존', 'Джон'],
];

/** An atom of a sentence, and what the model sees in its place. */
interface StandIn {
  /** Index in the sentence. */
  readonly at: number;
  /** As it is sent, then as it may come back as well. */
  readonly forms: readonly string[];
}

/** Where an atom has its place in a translation, as UTF-16 indices. */
export interface AtomPlace {
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/** A sentence with something else for each of its atoms. */
export class StandIns {
  private constructor(
    private readonly sentence: string,
    private readonly standIns: readonly StandIn[],
  ) {}

  /**
   * Undefined where there are too many atoms, or where one has a letter right beside it, which no name has.
   * `symbols` are atoms that stand for themselves.
   */
  static for(sentence: string, symbols: ReadonlyMap<number, string>): StandIns | undefined {
    const names = NAMES.filter((forms) => !forms.some((form) => sentence.includes(form)));
    const standIns: StandIn[] = [];
    for (let at = sentence.indexOf(ATOM); at >= 0; at = sentence.indexOf(ATOM, at + 1)) {
      const symbol = symbols.get(at);
      const forms = symbol === undefined ? names.shift() : [symbol];
      if (forms === undefined) return undefined;
      if (symbol === undefined && isGlued(sentence, at)) return undefined;
      standIns.push({ at, forms });
    }
    return new StandIns(sentence, standIns);
  }

  /** What the model reads for the atom at an index of the sentence. */
  readAt(index: number): string | undefined {
    return this.standIns.find(({ at }) => at === index)?.forms[0];
  }

  /** For the model. */
  get text(): string {
    let text = '';
    let done = 0;
    for (const { at, forms } of this.standIns) {
      text += this.sentence.slice(done, at) + (forms[0] ?? '');
      done = at + 1;
    }
    return text + this.sentence.slice(done);
  }

  /** Where each came back, once and in order; undefined where one did not. */
  locate(translation: string): AtomPlace[] | undefined {
    const found = new Map<string, TextRange[]>();
    for (const { forms } of this.standIns) found.set(forms[0] ?? '', findForms(translation, forms));
    const places: AtomPlace[] = [];
    for (const { at, forms } of this.standIns) {
      const place = found.get(forms[0] ?? '')?.shift();
      if (place === undefined || place.start < (places.at(-1)?.end ?? 0)) return undefined;
      places.push({ at, ...place });
    }
    const hasMore = [...found.values()].some(({ length }) => length > 0);
    return hasMore ? undefined : places;
  }
}

/** Whether a name there would be read together with a word beside it. */
function isGlued(sentence: string, at: number): boolean {
  return isSpacedLetter(sentence.charAt(at - 1)) || isSpacedLetter(sentence.charAt(at + 1));
}
