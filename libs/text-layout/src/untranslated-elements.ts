import { isReadable } from './blanks.js';
import {
  IMPLIED_ENDS,
  UNTRANSLATED_ELEMENTS,
  VOID_ELEMENTS,
  WORDLIKE_ELEMENTS,
} from './html-elements.js';
import type { MarkupOptions } from './markup-options.js';
import type { MarkupToken, OpeningTag } from './markup-scanner.js';

/** As Mastodon writes its custom emoji: read like a picture, not like a word. */
const SHORTCODE = /^\s*:[\w+-]+:\s*$/;

/** Whether an element stays as it is, with all that is in it. */
export function isUntranslated(
  { isOptedOut, name }: OpeningTag,
  { ignoredTags, syntax }: MarkupOptions,
): boolean {
  if (isOptedOut || ignoredTags.has(name)) return true;
  return syntax === 'html' && UNTRANSLATED_ELEMENTS.has(name);
}

/**
 * The index of the token that an element ends with: its closing tag, or, where that is missing, the last
 * token before what ends it by the rules of HTML, or the last of all. Linear.
 */
export function endOfUntranslated(tokens: readonly MarkupToken[], start: number): number {
  const element = new UntranslatedElement();
  for (let index = start; index < tokens.length; index++) {
    const token = tokens[index];
    const end = token === undefined ? undefined : element.read(token);
    if (end !== undefined) return end === 'before' ? index - 1 : index;
  }
  return tokens.length - 1;
}

/** An element that is looked for the end of, with what is open in it. */
class UntranslatedElement {
  #name: string | undefined;
  readonly #open = new Map<string, number>();

  /** Whether the element ends with this token or before it. */
  read(token: MarkupToken): 'here' | 'before' | undefined {
    if (token.kind === 'open') return this.#readOpeningTag(token);
    return token.kind === 'close' ? this.#readClosingTag(token.name) : undefined;
  }

  #readOpeningTag({ isSelfClosing, name }: OpeningTag): 'before' | undefined {
    this.#name ??= name;
    if (isSelfClosing || VOID_ELEMENTS.has(name)) return undefined;
    const isInnermost = this.#open.size === 1 && this.#open.get(this.#name) === 1;
    if (isInnermost && this.#enders?.has(name) === true) return 'before';
    this.#open.set(name, (this.#open.get(name) ?? 0) + 1);
    return undefined;
  }

  #readClosingTag(name: string): 'here' | 'before' | undefined {
    const count = this.#open.get(name);
    // The end of an element around: this one ended before, if it may do so without a tag.
    if (count === undefined) return this.#enders === undefined ? undefined : 'before';
    if (count > 1) this.#open.set(name, count - 1);
    else this.#open.delete(name);
    return name === this.#name && count === 1 ? 'here' : undefined;
  }

  get #enders(): ReadonlySet<string> | undefined {
    return IMPLIED_ENDS.get(this.#name ?? '');
  }
}

/** Whether an untranslated element is read as a word of its sentence, rather than looked at. */
export function readsLikeWord(
  { name, isOptedOut }: OpeningTag,
  tokens: readonly MarkupToken[],
  source: string,
  { ignoredTags }: MarkupOptions,
): boolean {
  if (ignoredTags.has(name)) return true;
  if (!isOptedOut && !WORDLIKE_ELEMENTS.has(name)) return false;
  const text = tokens
    .map(({ kind, start, end }) => (kind === 'text' ? source.slice(start, end) : ''))
    .join('');
  return isReadable(text) && !SHORTCODE.test(text);
}
