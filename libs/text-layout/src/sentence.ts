import type { Alignment } from '#libs/tokenization';
import { isReadable } from './blanks.js';
import type { MarkNode } from './mark-tree.js';
import { ATOM, type Mark, type Passage } from './passage.js';
import { type PlacedNode, Placement } from './placement.js';
import { alignSentence } from './sentence-alignment.js';
import { SentenceCut, type SentenceNode } from './sentence-nodes.js';
import { StandIns } from './stand-ins.js';
import type { TextPart, TranslatedPart } from './layout-options.js';

/** More in one sentence than any reader sees: all of it goes behind the translation then. */
const MAX_NODES = 300;
const ATOMS = new RegExp(ATOM, 'g');
const ATOM_WITH_BLANKS = new RegExp(String.raw`[^\S\r\n]*${ATOM}`, 'g');
const BLANK = /\s/;

/** One sentence of a passage, on its way to the model and back. */
export class Sentence {
  /** UTF-16 indices of the passage. */
  readonly start: number;
  readonly end: number;
  /** For the model; undefined where there is nothing to read, and the sentence stays as it is. */
  readonly part: TextPart | undefined;
  /** Marks of the passage that `render` writes. */
  readonly taken: ReadonlySet<Mark>;
  readonly #text: string;
  readonly #nodes: readonly SentenceNode[];
  readonly #isCrowded: boolean;
  readonly #standIns: StandIns | undefined;

  constructor(
    private readonly passage: Passage,
    tree: readonly MarkNode[],
    { start, end }: { readonly start: number; readonly end: number },
    joinLines: (text: string) => string,
  ) {
    this.start = start;
    this.end = end;
    this.#text = passage.text.slice(start, end);
    const isReadableText = isReadable(this.#text);
    const cut = new SentenceCut(passage, start, end);
    this.#nodes = isReadableText ? cut.cut(tree) : [];
    this.taken = cut.taken;
    this.#isCrowded = cut.count > MAX_NODES;
    if (!isReadableText) return;
    const hasAtoms = this.#text.includes(ATOM);
    this.#standIns = this.#isCrowded ? undefined : StandIns.for(this.#text, this.#symbols());
    // What is crowded is not placed.
    const wantsAlignment = !this.#isCrowded && this.#nodes.some(({ kind }) => kind !== 'atom');
    const forModel = (text: string): string => joinLines(text).replace(/\s+/g, ' ').trim();
    const withoutAtoms = forModel(this.#text.replace(ATOM_WITH_BLANKS, ''));
    const standIns = hasAtoms ? this.#standIns : undefined;
    if (standIns === undefined)
      this.part = { text: withoutAtoms, isOneSentence: true, wantsAlignment };
    else
      this.part = {
        text: forModel(standIns.text),
        isOneSentence: true,
        wantsAlignment,
        otherwise: {
          text: withoutAtoms,
          accepts: (translation) => standIns.locate(translation) !== undefined,
        },
      };
  }

  /** The translation with everything that was in the sentence. */
  render(translated: TranslatedPart): string {
    const { isOtherwise, text: translation } = translated;
    const { write } = this.passage;
    if (this.#isCrowded) return write(translation) + sourceOf(this.#nodes);
    const places = isOtherwise ? undefined : this.#standIns?.locate(translation);
    const [sentence, nodes] =
      places === undefined
        ? [this.#text.replace(ATOMS, ' '), this.#nodes.map(atomsAsPoints)]
        : [this.#text, this.#nodes];
    const atoms = new Map(places?.map((place) => [place.at, place]));
    const alignment = this.#alignment(translated, sentence, places !== undefined);
    const placed = new Placement(sentence, translation, atoms, alignment).place(nodes);
    return new Rendering(sentence, translation, write).render(placed);
  }

  #alignment(
    { alignment, isOtherwise }: TranslatedPart,
    sentence: string,
    hasAtoms: boolean,
  ): Alignment | undefined {
    const text = isOtherwise ? this.part?.otherwise?.text : this.part?.text;
    if (alignment === undefined || text === undefined) return undefined;
    const readAt = (index: number): string =>
      (hasAtoms ? this.#standIns?.readAt(index) : undefined) ?? sentence.charAt(index);
    return alignSentence(sentence, { readAt, text }, alignment);
  }

  #symbols(): Map<number, string> {
    const { symbols } = this.passage;
    const own = new Map<number, string>();
    for (let at = this.#text.indexOf(ATOM); at >= 0; at = this.#text.indexOf(ATOM, at + 1)) {
      const symbol = symbols.get(this.start + at);
      if (symbol !== undefined) own.set(at, symbol);
    }
    return own;
  }
}

function atomsAsPoints(node: SentenceNode): SentenceNode {
  if (node.kind === 'pair') return { ...node, children: node.children.map(atomsAsPoints) };
  return node.kind === 'atom' ? { ...node, kind: 'point', isBlank: false } : node;
}

/** All that was in a sentence beside its text, in the order of the source. */
function sourceOf(nodes: readonly SentenceNode[]): string {
  return nodes
    .map((node) =>
      node.kind === 'pair'
        ? (node.open ?? '') + sourceOf(node.children) + (node.close ?? '')
        : node.source,
    )
    .join('');
}

/** Writes a translation out, with what was placed in it. */
class Rendering {
  #written = '';
  #done = 0;

  constructor(
    private readonly sentence: string,
    private readonly translation: string,
    private readonly write: (text: string) => string,
  ) {}

  render(placed: readonly PlacedNode[]): string {
    this.#writeAll(placed);
    this.#writeUntil(this.translation.length);
    return this.#written;
  }

  #writeAll(placed: readonly PlacedNode[]): void {
    for (const { children, end, node, start } of placed) {
      this.#writeUntil(start);
      if (node.kind === 'pair') {
        this.#written += node.open ?? '';
        this.#writeAll(children);
        this.#writeUntil(end);
        this.#written += node.close ?? '';
      } else if (node.kind === 'atom') {
        this.#written += node.source;
        this.#done = Math.max(this.#done, end);
      } else this.#writePoint(node, start);
    }
  }

  /** With the blanks around it that it had. */
  #writePoint({ from, isBlank, source, to }: SentenceNode & { kind: 'point' }, at: number): void {
    if (isBlank) {
      this.#written += source;
      if (BLANK.test(this.translation.charAt(at))) this.#done = Math.max(this.#done, at + 1);
      return;
    }
    const hadBlank = (index: number): boolean => BLANK.test(this.sentence.charAt(index));
    const isApart =
      at === 0 || BLANK.test(this.translation.charAt(at - 1)) || /\s$/.test(this.#written);
    const needsBefore = hadBlank(from - 1) && !isApart;
    const next = this.translation.charAt(at);
    const needsAfter = hadBlank(to) && next !== '' && !BLANK.test(next);
    this.#written += `${needsBefore ? ' ' : ''}${source}${needsAfter ? ' ' : ''}`;
  }

  #writeUntil(end: number): void {
    if (end <= this.#done) return;
    this.#written += this.write(this.translation.slice(this.#done, end));
    this.#done = end;
  }
}
