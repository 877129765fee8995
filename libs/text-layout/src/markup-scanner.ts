import { Tokenizer } from 'htmlparser2';

/** The syntax that tags and character references are read by. */
export type MarkupSyntax = 'html' | 'xml';

interface SourceRange {
  /** UTF-16 indices of the source. */
  readonly start: number;
  readonly end: number;
}

export interface OpeningTag extends SourceRange {
  readonly kind: 'open';
  readonly name: string;
  /** Ends in `/>`; in HTML that says nothing of most elements. */
  readonly isSelfClosing: boolean;
  /** Has `translate="no"` or the class `notranslate`. */
  readonly isOptedOut: boolean;
}

export interface ClosingTag extends SourceRange {
  readonly kind: 'close';
  readonly name: string;
}

export interface TextToken extends SourceRange {
  readonly kind: 'text';
}

/** Comments, declarations, processing instructions, CDATA, and a tag that the text breaks off in. */
export interface OtherToken extends SourceRange {
  readonly kind: 'other';
}

export type MarkupToken = OpeningTag | ClosingTag | TextToken | OtherToken;

/**
 * The tokens of a source in order; joined, they are the source, whatever it is. Nothing is balanced or
 * mended: that a document is well-formed is up to whoever wrote it. Linear.
 */
export function scanMarkup(source: string, syntax: MarkupSyntax): MarkupToken[] {
  const tokens = new TokenList(source, syntax);
  const tokenizer = new Tokenizer(
    { xmlMode: syntax === 'xml', decodeEntities: false, recognizeSelfClosing: syntax === 'xml' },
    tokens,
  );
  tokenizer.write(source);
  tokenizer.end();
  tokens.fillUntil(source.length);
  return tokens.tokens;
}

/** Gathers what the tokenizer calls out. What it passes over without a word becomes a token of kind `other`. */
class TokenList {
  readonly tokens: MarkupToken[] = [];
  // What these call out, `fillUntil` takes in.
  readonly onattribentity = nothing;
  readonly oncdata = nothing;
  readonly oncomment = nothing;
  readonly ondeclaration = nothing;
  readonly onprocessinginstruction = nothing;
  readonly ontextentity = nothing;
  readonly onend = nothing;
  #done = 0;
  #tag = { start: 0, name: '', isOptedOut: false };
  #attribute = { name: '', value: '' };

  constructor(
    private readonly source: string,
    private readonly syntax: MarkupSyntax,
  ) {}

  fillUntil(start: number): void {
    if (start > this.#done) this.#add({ kind: 'other', start: this.#done, end: start });
  }

  ontext(start: number, end: number): void {
    this.fillUntil(start);
    if (end > this.#done) this.#add({ kind: 'text', start: this.#done, end });
  }

  onopentagname(start: number, end: number): void {
    this.#tag = { start: start - 1, name: this.#nameOf(start, end), isOptedOut: false };
  }

  onopentagend(endIndex: number): void {
    this.#addOpeningTag(endIndex + 1, false);
  }

  onselfclosingtag(endIndex: number): void {
    this.#addOpeningTag(endIndex + 1, true);
  }

  onclosetag(start: number, nameEnd: number): void {
    const end = this.source.indexOf('>', nameEnd) + 1;
    // Broken off: what is left of it is filled in at the end.
    if (end === 0) return;
    this.fillUntil(start - 2);
    this.#add({ kind: 'close', name: this.#nameOf(start, nameEnd), start: this.#done, end });
  }

  onattribname(start: number, end: number): void {
    this.#attribute = { name: this.source.slice(start, end).toLowerCase(), value: '' };
  }

  onattribdata(start: number, end: number): void {
    this.#attribute.value += this.source.slice(start, end);
  }

  onattribend(): void {
    const { name, value } = this.#attribute;
    if (name === 'translate' && value.trim().toLowerCase() === 'no') this.#tag.isOptedOut = true;
    if (name === 'class' && /(?:^|\s)notranslate(?:\s|$)/i.test(value)) this.#tag.isOptedOut = true;
  }

  #addOpeningTag(end: number, isSelfClosing: boolean): void {
    const { start, ...tag } = this.#tag;
    this.fillUntil(start);
    this.#add({ kind: 'open', ...tag, isSelfClosing, start, end });
  }

  #add(token: MarkupToken): void {
    this.tokens.push(token);
    this.#done = token.end;
  }

  /** Names of HTML have no case. */
  #nameOf(start: number, end: number): string {
    const name = this.source.slice(start, end);
    return this.syntax === 'html' ? name.toLowerCase() : name;
  }
}

function nothing(): void {
  // It is for whoever calls to have something to call.
}
