import type { Alignment, TextRange } from '#libs/tokenization';
import { endOfReadable, firstReadable, isReadable } from './blanks.js';
import { findForms } from './find-forms.js';
import type { SentenceNode, SentencePair, SentencePoint } from './sentence-nodes.js';
import type { AtomPlace } from './stand-ins.js';
import { WordAlignment } from './word-alignment.js';
import { nearestEnd, nearestStart, Words } from './words.js';

export interface PlacedNode extends TextRange {
  readonly node: SentenceNode;
  /** In the order of the translation. */
  readonly children: readonly PlacedNode[];
}

/** Nodes beside each other, with the part of the sentence and of the translation that they are in. */
interface Siblings {
  readonly nodes: readonly SentenceNode[];
  readonly source: TextRange;
  readonly target: TextRange;
}

/** What is copied into a translation by chance is short: "in", "die". */
const TELLING_WORD = /[\p{Lu}\p{N}]|.{4}/u;
const MARKS_BEFORE = /[^\p{L}\p{M}\p{N}\s]+$/u;
const MARKS_AFTER = /^[^\p{L}\p{M}\p{N}\s]+/u;
const LAST_WORD = /[\p{L}\p{M}\p{N}]+(?=\s*$)/u;
const FIRST_WORD = /(?<=^\s*)[\p{L}\p{M}\p{N}]+/u;

/**
 * Finds places for the marks and atoms of a sentence in its translation. A place is sure at the ends of the
 * sentence, beside what was copied as it is, and where the alignment says so; all else goes between what is
 * sure: a lone pair of tags around all that is there, several in proportion.
 *
 * Atoms and points keep their order, and pairs hold what they held: nothing is lost or crossed, however wrong
 * the places are.
 */
export class Placement {
  readonly #sourceWords: Words;
  readonly #targetWords: Words;
  readonly #lead: number;
  readonly #trail: number;
  readonly #alignment: WordAlignment | undefined;

  constructor(
    private readonly sentence: string,
    private readonly translation: string,
    private readonly atoms: ReadonlyMap<number, AtomPlace>,
    alignment: Alignment | undefined,
  ) {
    this.#sourceWords = new Words(sentence);
    this.#targetWords = new Words(translation);
    if (alignment !== undefined)
      this.#alignment = new WordAlignment(this.#sourceWords, this.#targetWords, alignment);
    const places = [...atoms.values()];
    this.#lead = Math.min(firstReadable(translation), places[0]?.start ?? Infinity);
    this.#trail = Math.max(endOfReadable(translation), places.at(-1)?.end ?? 0);
  }

  place(nodes: readonly SentenceNode[]): PlacedNode[] {
    const source = { start: 0, end: this.sentence.length };
    return this.#placeAll({ nodes, source, target: { start: 0, end: this.translation.length } });
  }

  #placeAll(siblings: Siblings): PlacedNode[] {
    const { nodes, target } = siblings;
    const ranges = new SiblingRanges(nodes, this.atoms, target);
    const sure = nodes.map((node) => this.#sureRange(node));
    const offerAll = (kind: SentenceNode['kind']): void => {
      nodes.forEach((node, index) => {
        const range = sure[index];
        if (node.kind === kind && range !== undefined && !ranges.isPlaced(index))
          ranges.offer(index, range);
      });
    };
    nodes.forEach((node, index) => {
      if (isHalf(node)) ranges.set(index, this.#halfRange(node, siblings, ranges.gapAt(index)));
    });
    offerAll('pair');
    offerAll('point');
    const unsure = nodes.map((_, index) => !ranges.isPlaced(index));
    nodes.forEach((node, index) => {
      if (ranges.isPlaced(index)) return;
      const isAlone = unsure[index - 1] !== true && unsure[index + 1] !== true;
      const gap = ranges.gapAt(index);
      ranges.set(index, this.#guess(node, siblings, gap, ranges.hullOf(index), isAlone));
    });
    return nodes
      .map((node, index) => ({
        node,
        ...ranges.get(index),
        children: this.#inner(node, ranges.get(index)),
      }))
      .sort((one, other) => one.start - other.start || one.end - other.end);
  }

  #inner(node: SentenceNode, target: TextRange): PlacedNode[] {
    if (node.kind !== 'pair' || node.children.length === 0) return [];
    return this.#placeAll({
      nodes: node.children,
      source: { start: node.from, end: node.to },
      target,
    });
  }

  #sureRange(node: SentenceNode): TextRange | undefined {
    if (node.kind === 'pair') return this.#surePair(node);
    if (node.kind === 'point') return this.#surePoint(node);
    return undefined;
  }

  #surePair({ from, to }: SentencePair): TextRange | undefined {
    const before = this.sentence.slice(0, from);
    const after = this.sentence.slice(to);
    if (firstReadable(before) === before.length && firstReadable(after) === after.length)
      return {
        start: before.trim() === '' ? 0 : this.#lead,
        end: after.trim() === '' ? this.translation.length : this.#trail,
      };
    const inner = this.sentence.slice(from, to);
    if (isReadable(inner))
      return this.#copied(inner.trim()) ?? this.#alignedPair({ start: from, end: to });
    const places = this.#atomsIn(from, to);
    const [first, last] = [places[0], places.at(-1)];
    if (first !== undefined && last !== undefined) return { start: first.start, end: last.end };
    // Marks alone: those at the ends are the translation's.
    if (from === 0) return { start: 0, end: this.#lead };
    return to === this.sentence.length
      ? { start: this.#trail, end: this.translation.length }
      : undefined;
  }

  #surePoint({ from, isBlank, to }: SentencePoint): TextRange | undefined {
    const at = this.#surePosition(this.sentence.slice(0, from), this.sentence.slice(to), from, to);
    if (at === undefined) return undefined;
    const blanks = /\s*$/.exec(this.translation.slice(0, at))?.[0].length ?? 0;
    return isBlank ? { start: at - blanks, end: at - blanks } : { start: at, end: at };
  }

  #surePosition(before: string, after: string, from: number, to: number): number | undefined {
    if (firstReadable(before) === before.length) return before.trim() === '' ? 0 : this.#lead;
    if (firstReadable(after) === after.length)
      return after.trim() === '' ? this.translation.length : this.#trail;
    const left = this.atoms.get(from - 1 - (before.length - before.trimEnd().length));
    if (left !== undefined) return left.end;
    const right = this.atoms.get(to + (after.length - after.trimStart().length));
    if (right !== undefined) return right.start;
    const word = LAST_WORD.exec(before.slice(-50))?.[0];
    if (word !== undefined) {
      const copy = this.#copied(word);
      if (copy !== undefined) return copy.end;
    }
    const copy = this.#copied(FIRST_WORD.exec(after.slice(0, 50))?.[0] ?? '');
    if (copy !== undefined) return copy.start;
    const gap = this.#alignment?.gapAt(from);
    return isBeforeWord(before, after) ? gap?.end : gap?.start;
  }

  /** With the marks around them that are in the pair. */
  #alignedPair(inner: TextRange): TextRange | undefined {
    const words = this.#alignment?.rangeOf(inner);
    if (words === undefined) return undefined;
    const text = this.sentence.slice(inner.start, inner.end).trim();
    const before = this.translation.slice(0, words.start);
    const after = this.translation.slice(words.end);
    const lead = firstReadable(text) > 0 ? (MARKS_BEFORE.exec(before)?.[0].length ?? 0) : 0;
    const trail =
      endOfReadable(text) < text.length ? (MARKS_AFTER.exec(after)?.[0].length ?? 0) : 0;
    return { start: words.start - lead, end: words.end + trail };
  }

  #atomsIn(from: number, to: number): AtomPlace[] {
    return [...this.atoms.values()].filter(({ at }) => at >= from && at < to);
  }

  /** Where a text came back as it is, and there is no second one that it could be. */
  #copied(text: string): TextRange | undefined {
    if (!TELLING_WORD.test(text) || findForms(this.sentence, [text]).length !== 1) return undefined;
    const found = findForms(this.translation, [text]);
    return found.length === 1 ? found[0] : undefined;
  }

  /** A pair with one of its tags outside the sentence reaches to the end on that side. */
  #halfRange(pair: SentencePair, siblings: Siblings, gap: TextRange): TextRange {
    const { target } = siblings;
    const hull = hullOf(pair, this.atoms);
    if (pair.open === undefined) {
      const end = this.#endInProportion(pair.to, siblings, { ...gap, start: target.start });
      return { start: target.start, end: Math.max(end, hull?.end ?? 0) };
    }
    const start = this.#startInProportion(pair.from, siblings, { ...gap, end: target.end });
    return { start: Math.min(start, hull?.start ?? start), end: target.end };
  }

  #guess(
    node: SentenceNode,
    siblings: Siblings,
    gap: TextRange,
    hull: TextRange | undefined,
    isAlone: boolean,
  ): TextRange {
    if (node.kind === 'point') {
      const before = this.sentence.slice(0, node.from);
      const at = isBeforeWord(before, this.sentence.slice(node.to))
        ? this.#startInProportion(node.from, siblings, gap)
        : this.#endInProportion(node.from, siblings, gap);
      return { start: at, end: at };
    }
    if (isAlone) return this.#trimmed(gap);
    const start = this.#startInProportion(node.from, siblings, gap);
    const end = this.#endInProportion(node.to, siblings, { ...gap, start });
    return {
      start: Math.min(start, hull?.start ?? start),
      end: Math.max(end, hull?.end ?? end),
    };
  }

  /** Where the word begins that has as large a share of the words before it. */
  #startInProportion(index: number, siblings: Siblings, gap: TextRange): number {
    const words = this.#targetWords.within(siblings.target);
    const count = this.#wordsBefore(index, siblings, words.length);
    return nearestStart(words[count]?.start ?? siblings.target.end, words, gap);
  }

  #endInProportion(index: number, siblings: Siblings, gap: TextRange): number {
    const words = this.#targetWords.within(siblings.target);
    const count = this.#wordsBefore(index, siblings, words.length);
    return nearestEnd(words[count - 1]?.end ?? siblings.target.start, words, gap);
  }

  #wordsBefore(index: number, { source }: Siblings, targetCount: number): number {
    const all = this.#sourceWords.within(source).length;
    const before = this.#sourceWords.within({ ...source, end: index }).length;
    return Math.round((targetCount * before) / Math.max(1, all));
  }

  #trimmed({ start, end }: TextRange): TextRange {
    const text = this.translation.slice(start, end);
    if (text.trim() === '') return { start, end: start };
    return {
      start: start + (text.length - text.trimStart().length),
      end: end - (text.length - text.trimEnd().length),
    };
  }
}

/** The ranges of nodes beside each other: none overlaps another, and what keeps its order has it. */
class SiblingRanges {
  readonly #ranges: (TextRange | undefined)[];
  readonly #isPlaced: boolean[];
  readonly #hulls: readonly (TextRange | undefined)[];
  readonly #keepsOrder: readonly boolean[];

  constructor(
    private readonly nodes: readonly SentenceNode[],
    atoms: ReadonlyMap<number, AtomPlace>,
    private readonly around: TextRange,
  ) {
    // A pair without a place has that of its atoms at least.
    this.#hulls = nodes.map((node) => hullOf(node, atoms));
    this.#ranges = [...this.#hulls];
    this.#isPlaced = nodes.map(({ kind }) => kind === 'atom');
    this.#keepsOrder = nodes.map(keepsOrder);
  }

  isPlaced(index: number): boolean {
    return this.#isPlaced[index] === true;
  }

  hullOf(index: number): TextRange | undefined {
    return this.#hulls[index];
  }

  get(index: number): TextRange {
    return this.#ranges[index] ?? { start: this.around.end, end: this.around.end };
  }

  set(index: number, range: TextRange): void {
    this.#ranges[index] = range;
    this.#isPlaced[index] = true;
  }

  /** Takes a range where it fits in with the others. */
  offer(index: number, range: TextRange): void {
    const hull = this.#hulls[index] ?? range;
    const isWithin = range.start >= this.around.start && range.end <= this.around.end;
    if (!isWithin || hull.start < range.start || hull.end > range.end) return;
    const fits = this.#ranges.every((other, otherIndex) => {
      if (other === undefined || otherIndex === index) return true;
      if (!this.#keepsOrder[index] || !this.#keepsOrder[otherIndex])
        return range.end <= other.start || other.end <= range.start;
      return otherIndex < index ? other.end <= range.start : range.end <= other.start;
    });
    if (fits) this.set(index, range);
  }

  /** The room that a node has between those that have places. */
  gapAt(index: number): TextRange {
    const hull = this.#hulls[index];
    if (hull !== undefined) return this.#roomAround(index, hull);
    let { start, end } = this.around;
    const isOrdered = this.#keepsOrder[index] === true;
    for (let before = index - 1; before >= 0; before--) {
      const range = this.#ranges[before];
      if (range === undefined || (isOrdered && !this.#keepsOrder[before])) continue;
      start = range.end;
      break;
    }
    for (let after = index + 1; after < this.nodes.length; after++) {
      const range = this.#ranges[after];
      if (range === undefined || (isOrdered && !this.#keepsOrder[after])) continue;
      if (range.start >= start) end = range.start;
      break;
    }
    for (const other of this.#ranges)
      if (other !== undefined && other.start >= start && other.end > start)
        end = Math.min(end, other.start);
    return end > start || isOrdered ? { start, end } : this.#largestRoom();
  }

  #largestRoom(): TextRange {
    let { start } = this.around;
    let largest = { start, end: start };
    const taken = this.#ranges.filter((range) => range !== undefined);
    for (const range of [
      ...taken.sort((one, other) => one.start - other.start),
      { start: this.around.end, end: this.around.end },
    ]) {
      if (range.start - start > largest.end - largest.start) largest = { start, end: range.start };
      start = Math.max(start, range.end);
    }
    return largest;
  }

  #roomAround(index: number, hull: TextRange): TextRange {
    let { start, end } = this.around;
    this.#ranges.forEach((other, otherIndex) => {
      if (other === undefined || otherIndex === index) return;
      const isBefore = otherIndex < index || !this.#keepsOrder[otherIndex];
      if (other.end <= hull.start && isBefore) start = Math.max(start, other.end);
      else if (other.start >= hull.end) end = Math.min(end, other.start);
    });
    return { start, end };
  }
}

/** Whether a point stands at the word behind it, with a blank before it. */
function isBeforeWord(before: string, after: string): boolean {
  return /\s$/.test(before) && !/^\s/.test(after);
}

function isHalf(node: SentenceNode): node is SentencePair {
  return node.kind === 'pair' && (node.open === undefined || node.close === undefined);
}

/** Whether a node is or has something that keeps its order. */
function keepsOrder(node: SentenceNode): boolean {
  return node.kind !== 'pair' || node.children.some(keepsOrder);
}

/** From the first to the last atom that a node is or has. */
function hullOf(node: SentenceNode, atoms: ReadonlyMap<number, AtomPlace>): TextRange | undefined {
  if (node.kind === 'atom') return atoms.get(node.from);
  if (node.kind === 'point') return undefined;
  const hulls = node.children
    .map((child) => hullOf(child, atoms))
    .filter((hull) => hull !== undefined);
  const [first, last] = [hulls[0], hulls.at(-1)];
  return first === undefined || last === undefined
    ? undefined
    : { start: first.start, end: last.end };
}
