import { ATOM, type Mark, type Passage } from './passage.js';

/**
 * What is to be put into a translation. `from` and `to` are indices of the passage's text. A pair may lack one
 * of its tags, where that is in another passage; then it reaches to the end on that side.
 */
export type MarkNode = MarkPair | MarkPoint | MarkedAtom;

export interface MarkPair {
  readonly kind: 'pair';
  readonly from: number;
  readonly to: number;
  readonly open: Mark | undefined;
  readonly close: Mark | undefined;
  readonly children: readonly MarkNode[];
}

/** Tags and comments with nothing between them. */
export interface MarkPoint {
  readonly kind: 'point';
  readonly from: number;
  readonly to: number;
  readonly marks: readonly Mark[];
}

export interface MarkedAtom {
  readonly kind: 'atom';
  readonly from: number;
  readonly to: number;
}

/** Deeper nesting is for no reader: tags in there are put in their places one by one. */
const MAX_DEPTH = 64;

interface OpenPair {
  readonly open: Mark | undefined;
  readonly children: MarkNode[];
}

/** The marks and atoms of a passage by how they are nested. Tags that cross others are points. Linear. */
export function nestMarks(passage: Passage): readonly MarkNode[] {
  const tree = new TreeBuilder(passage.text.length);
  let atom = passage.text.indexOf(ATOM);
  const addAtomsUntil = (end: number): void => {
    for (; atom >= 0 && atom < end; atom = passage.text.indexOf(ATOM, atom + 1))
      tree.add({ kind: 'atom', from: atom, to: atom + 1 });
  };
  for (const mark of passage.marks) {
    addAtomsUntil(mark.at);
    if (mark.role === 'open') tree.open(mark);
    else if (mark.role === 'close') tree.close(mark);
    else tree.addPoint([mark]);
  }
  addAtomsUntil(passage.text.length);
  return tree.finish();
}

class TreeBuilder {
  #roots: MarkNode[] = [];
  readonly #stack: OpenPair[] = [];
  #halves = 0;

  constructor(private readonly end: number) {}

  add(node: MarkNode): void {
    (this.#stack.at(-1)?.children ?? this.#roots).push(node);
  }

  addPoint(marks: readonly Mark[]): void {
    const at = marks[0]?.at ?? 0;
    this.add({ kind: 'point', from: at, to: at, marks });
  }

  open(mark: Mark): void {
    if (this.#stack.length >= MAX_DEPTH) this.addPoint([mark]);
    else this.#stack.push({ open: mark, children: [] });
  }

  close(mark: Mark): void {
    const index = this.#stack.findLastIndex(({ open }) => open?.name === mark.name);
    if (index < 0) {
      this.#closeHalf(mark);
      return;
    }
    const [pair, ...crossed] = this.#stack.splice(index);
    if (pair === undefined) return;
    for (const { children, open } of crossed)
      for (const node of [...pointsOf(open), ...children]) pair.children.push(node);
    if (pair.open?.at === mark.at) this.addPoint([...marksOf(pair), mark]);
    else this.#addPair(pair, mark);
  }

  finish(): readonly MarkNode[] {
    for (;;) {
      const pair = this.#stack.pop();
      if (pair === undefined) return this.#roots;
      if (pair.open?.at === this.end) for (const mark of marksOf(pair)) this.addPoint([mark]);
      else this.#addPair(pair, undefined);
    }
  }

  /** The end of what began in a passage before. */
  #closeHalf(mark: Mark): void {
    if (this.#stack.length > 0 || mark.at === 0 || this.#halves >= MAX_DEPTH) {
      this.addPoint([mark]);
      return;
    }
    this.#halves++;
    const children = this.#roots;
    this.#roots = [];
    this.#addPair({ open: undefined, children }, mark);
  }

  #addPair({ children, open }: OpenPair, close: Mark | undefined): void {
    const [from, to] = [open?.at ?? 0, close?.at ?? this.end];
    this.add({ kind: 'pair', from, to, open, close, children });
  }
}

/** An opening tag that another element ends before its own end. */
function pointsOf(open: Mark | undefined): MarkPoint[] {
  return open === undefined ? [] : [{ kind: 'point', from: open.at, to: open.at, marks: [open] }];
}

/** Of a pair with nothing but marks in it. */
function marksOf({ children, open }: OpenPair): Mark[] {
  const within = children.flatMap((child) => (child.kind === 'point' ? child.marks : []));
  return open === undefined ? within : [open, ...within];
}
