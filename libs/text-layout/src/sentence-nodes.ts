import type { MarkNode } from './mark-tree.js';
import type { Mark, Passage } from './passage.js';

/** What is to be put into the translation of one sentence; indices are of the sentence. */
export type SentenceNode = SentencePair | SentencePoint | SentenceAtom;

export interface SentencePair {
  readonly kind: 'pair';
  readonly from: number;
  readonly to: number;
  /** Undefined where the tag stands before the sentence: then the pair begins with it. */
  readonly open: string | undefined;
  /** Undefined where the tag stands behind the sentence. */
  readonly close: string | undefined;
  readonly children: readonly SentenceNode[];
}

export interface SentencePoint {
  readonly kind: 'point';
  readonly from: number;
  readonly to: number;
  readonly source: string;
  /** Whether it is in the place of a blank. */
  readonly isBlank: boolean;
}

export interface SentenceAtom {
  readonly kind: 'atom';
  readonly from: number;
  readonly to: number;
  readonly source: string;
}

/** Of a pair that begins or ends with the sentence, what is right inside its tags is in the sentence, too. */
interface PairAround {
  readonly beginsHere: boolean;
  readonly endsHere: boolean;
}

const OUTSIDE: PairAround = { beginsHere: false, endsHere: false };

/**
 * Takes what belongs to a sentence out of a passage's marks: what is inside, and pairs that begin or end
 * inside. All other marks stand between sentences.
 */
export class SentenceCut {
  /** Marks that are in the sentence now. */
  readonly taken = new Set<Mark>();
  count = 0;

  constructor(
    private readonly passage: Passage,
    private readonly start: number,
    private readonly end: number,
  ) {}

  cut(nodes: readonly MarkNode[], around = OUTSIDE): SentenceNode[] {
    return nodes.flatMap((node) => this.#cutNode(node, around));
  }

  #cutNode(node: MarkNode, around: PairAround): SentenceNode[] {
    const { start, end } = this;
    const from = Math.max(node.from, start) - start;
    const to = Math.min(node.to, end) - start;
    if (node.kind === 'atom') {
      if (node.from < start || node.to > end) return [];
      this.count++;
      return [{ kind: 'atom', from, to, source: this.passage.written[node.from] ?? '' }];
    }
    if (node.kind === 'point') {
      const isBehind = node.from > start || (node.from === start && around.beginsHere);
      const isBefore = node.from < end || (node.from === end && around.endsHere);
      if (!isBehind || !isBefore) return [];
      const isBlank = node.marks[0]?.role === 'blank';
      const source = node.marks.map((mark) => this.#take(mark)).join('');
      return [{ kind: 'point', from, to: isBlank ? from + 1 : to, source, isBlank }];
    }
    if (node.to <= start || node.from >= end) return [];
    if (node.from <= start && node.to >= end) return this.cut(node.children, around);
    const open = node.from >= start && node.open !== undefined ? this.#take(node.open) : undefined;
    const close = node.to <= end && node.close !== undefined ? this.#take(node.close) : undefined;
    const pair = { beginsHere: node.from >= start, endsHere: node.to <= end };
    return [{ kind: 'pair', from, to, open, close, children: this.cut(node.children, pair) }];
  }

  #take(mark: Mark): string {
    this.taken.add(mark);
    this.count++;
    return mark.source;
  }
}
