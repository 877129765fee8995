import { splitSentences, type TextPiece, UNSPACED_LANGUAGES, wholeText } from '#libs/tokenization';
import type { LayoutOptions, TextPart, TranslatedPart } from './layout-options.js';
import { nestMarks } from './mark-tree.js';
import type { Passage } from './passage.js';
import { PassageWriter } from './passage-writer.js';
import { Sentence } from './sentence.js';
import { joinSoftLines } from './soft-lines.js';

/** What ends lines, one UTF-16 unit at a time. */
const LINE_END = /[\n\r\v\f\u0085\u2028\u2029]/g;

/** Addresses and the like after the end of a sentence, which they are no part of. */
const ATOMS_BEHIND = /(?<=[.!?…。！？][\p{Pe}\p{Pf}"']{0,3})\s+\ufffc[^\p{L}\p{N}]*$/u;

/** Blanks and what has nothing to read stay as they are. */
type PassagePiece = Sentence | { readonly end: number };

/** A passage split into sentences, and how it is put together again. */
export class LaidOutPassage {
  readonly #pieces: PassagePiece[] = [];
  readonly #gap: string;

  constructor(
    private readonly passage: Passage,
    options: LayoutOptions,
  ) {
    this.#gap = UNSPACED_LANGUAGES.has(options.targetLanguage) ? '' : ' ';
    const tree = nestMarks(passage);
    const joinLines = (text: string): string => joinSoftLines(text, options.sourceLanguage);
    let end = 0;
    for (const { kind, text } of split(passage.text, options)) {
      const start = end;
      end += text.length;
      if (kind === 'text') {
        const range = { start, end: end - (ATOMS_BEHIND.exec(text)?.[0].length ?? 0) };
        this.#pieces.push(new Sentence(passage, tree, range, joinLines));
        if (range.end < end) this.#pieces.push({ end });
      } else this.#pieces.push({ end });
    }
  }

  get parts(): TextPart[] {
    return this.#pieces
      .map((piece) => (piece instanceof Sentence ? piece.part : undefined))
      .filter((part) => part !== undefined);
  }

  /** `translations` are of its parts, in their order. */
  render(translations: readonly TranslatedPart[]): string {
    const writer = new PassageWriter(this.passage);
    let done = 0;
    let isAfterSentence = false;
    for (const piece of this.#pieces) {
      const isSentence = piece instanceof Sentence;
      if (isSentence && isAfterSentence) writer.write(this.#gap);
      isAfterSentence = isSentence;
      const translation = isSentence && piece.part !== undefined ? translations[done++] : undefined;
      if (!isSentence || translation === undefined) writer.copyUntil(piece.end);
      else writer.writeInstead(piece, piece.render(translation));
    }
    return writer.finish();
  }
}

/** Pieces that make up the text; where lines are joined, sentences go on over their ends. */
function split(text: string, { sourceLanguage, splitting }: LayoutOptions): TextPiece[] {
  if (splitting === 'none') return wholeText(text);
  return splitSentences(
    splitting === 'sentences' ? text.replace(LINE_END, ' ') : text,
    sourceLanguage,
  );
}
