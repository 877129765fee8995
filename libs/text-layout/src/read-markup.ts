import { readReferences, WrittenForms } from './character-references.js';
import { BLOCK_ELEMENTS, VOID_ELEMENTS } from './html-elements.js';
import type { MarkupOptions } from './markup-options.js';
import { type MarkupToken, type OpeningTag, scanMarkup } from './markup-scanner.js';
import { blockElementsOfXml } from './xml-outline.js';
import { type Passage, PassageBuilder } from './passage.js';
import { endOfUntranslated, isUntranslated, readsLikeWord } from './untranslated-elements.js';

/** What a source is made of, in order: markup that stays as it is, and passages to translate. */
export type MarkupPart = string | Passage;

/** Takes a source apart. Joined as they were written, the parts are the source. Linear. */
export function readMarkup(source: string, options: MarkupOptions): MarkupPart[] {
  const tokens = scanMarkup(source, options.syntax);
  const blocks = options.syntax === 'xml' ? blockElementsOfXml(tokens, source, options) : undefined;
  return new MarkupReader(source, tokens, options, (index) => {
    const token = tokens[index];
    if (token?.kind !== 'open' && token?.kind !== 'close') return false;
    if (options.splittingTags.has(token.name)) return true;
    if (options.nonSplittingTags.has(token.name)) return false;
    return blocks?.has(index) ?? BLOCK_ELEMENTS.has(token.name);
  }).read();
}

class MarkupReader {
  readonly #parts: MarkupPart[] = [];
  #passage = new PassageBuilder();
  #forms = new WrittenForms();

  constructor(
    private readonly source: string,
    private readonly tokens: readonly MarkupToken[],
    private readonly options: MarkupOptions,
    private readonly isBlock: (index: number) => boolean,
  ) {}

  read(): MarkupPart[] {
    let untranslatedEnd = -1;
    this.tokens.forEach((token, index) => {
      if (index <= untranslatedEnd) return;
      if (token.kind === 'open' && isUntranslated(token, this.options)) {
        untranslatedEnd = this.#isEmptyElement(token)
          ? index
          : endOfUntranslated(this.tokens, index);
        this.#addUntranslated(token, index, untranslatedEnd);
      } else this.#addToken(token, index);
    });
    this.#endPassage();
    return this.#parts;
  }

  #addToken(token: MarkupToken, index: number): void {
    const source = this.#sourceOf(token);
    if (this.isBlock(index)) this.#addBorder(source);
    else if (token.kind === 'text') this.#addText(source);
    else if (token.kind === 'other' || this.#isEmptyElement(token))
      this.#passage.addMark('point', source);
    else this.#passage.addMark(token.kind, source, token.name);
  }

  /** Whether a tag is a whole element. HTML ignores `/>`; where an element of no HTML has it, it means it. */
  #isEmptyElement(token: MarkupToken): boolean {
    if (token.kind !== 'open') return false;
    if (this.options.syntax === 'xml') return token.isSelfClosing;
    return token.isSelfClosing || VOID_ELEMENTS.has(token.name);
  }

  #addUntranslated(token: OpeningTag, start: number, end: number): void {
    const source = this.source.slice(token.start, this.tokens[end]?.end);
    if (this.isBlock(start)) this.#addBorder(source);
    else if (readsLikeWord(token, this.tokens.slice(start, end + 1), this.source, this.options))
      this.#passage.addAtom(source);
    else this.#passage.addMark('point', source);
  }

  #addText(source: string): void {
    for (const written of readReferences(source, this.options.syntax)) {
      this.#forms.note(written);
      if (written.kind === 'text') this.#passage.addText(written.text, written.source);
      else if (written.kind === 'blank') this.#passage.addBlank(written.source);
      else if (written.kind === 'symbol') this.#passage.addAtom(written.source, written.text);
      else this.#passage.addMark('point', written.source);
    }
  }

  #addBorder(source: string): void {
    this.#endPassage();
    this.#parts.push(source);
  }

  #endPassage(): void {
    if (this.#passage.isEmpty) return;
    const forms = this.#forms;
    this.#parts.push(this.#passage.build((text) => forms.write(text)));
    this.#passage = new PassageBuilder();
    this.#forms = new WrittenForms();
  }

  #sourceOf({ start, end }: MarkupToken): string {
    return this.source.slice(start, end);
  }
}
