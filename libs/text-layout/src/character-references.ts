import { decodeHTML, decodeXML } from 'entities';
import type { MarkupSyntax } from './markup-scanner.js';

/** A bit of a text as it was written, and what it says. */
export interface WrittenText {
  readonly source: string;
  readonly text: string;
  /**
   * `text` is translated; `blank` is a special blank that stays where words part; `symbol` stays as written,
   * and is a character; `unknown` stays as written, and nobody knows what it says.
   */
  readonly kind: 'text' | 'blank' | 'symbol' | 'unknown';
}

const REFERENCE = /&(?:#[xX][0-9a-fA-F]{1,8}|#\d{1,8}|[a-zA-Z][a-zA-Z0-9]{0,40});?/g;
const SPECIAL_BLANK = /^[\u00a0\u00ad\u200b-\u200f\u2002-\u200a\u202f\u2060\u205f]$/;
/** What is in words, or beside them: letters, numbers, quotation marks, dashes, ordinary blanks. */
const IN_WORDS = /^[\p{L}\p{M}\p{N}\p{P}\s]+$/u;

/** Takes a text of a source apart at its character references. */
export function* readReferences(source: string, syntax: MarkupSyntax): Generator<WrittenText> {
  let done = 0;
  for (const { 0: reference, index } of source.matchAll(REFERENCE)) {
    const written = readReference(reference, syntax);
    if (written === undefined) continue;
    if (index > done) yield plain(source.slice(done, index));
    yield written;
    done = index + reference.length;
  }
  if (done < source.length) yield plain(source.slice(done));
}

function plain(text: string): WrittenText {
  return { source: text, text, kind: 'text' };
}

/** Undefined where the ampersand is nothing but one. */
function readReference(source: string, syntax: MarkupSyntax): WrittenText | undefined {
  const text = syntax === 'html' ? decodeHTML(source) : decodeXML(source);
  const isWhole = source.endsWith(';');
  if (text === source) return isWhole ? { source, text: '', kind: 'unknown' } : undefined;
  if (!isWhole) return { source, text: '', kind: 'unknown' };
  if (SPECIAL_BLANK.test(text)) return { source, text, kind: 'blank' };
  if (text !== '&' && IN_WORDS.test(text)) return { source, text, kind: 'text' };
  return { source, text, kind: text.length === 1 ? 'symbol' : 'unknown' };
}

/**
 * How the characters of a text have to be written in its source: as this source wrote them where it used a
 * reference throughout.
 */
export class WrittenForms {
  readonly #forms = new Map<string, string>([
    ['&', '&amp;'],
    ['<', '&lt;'],
    ['>', '&gt;'],
  ]);
  readonly #bare = new Set<string>();

  note({ source, text }: WrittenText): void {
    if (source !== text) {
      if (!this.#bare.has(text) && !/[\p{L}\p{N}\s]/u.test(text)) this.#forms.set(text, source);
      return;
    }
    for (const character of text.match(/[^\p{L}\p{N}\s&<]/gu) ?? []) {
      this.#bare.add(character);
      this.#forms.delete(character);
    }
  }

  write(text: string): string {
    return text.replace(
      /[^\p{L}\p{N}\s]/gu,
      (character) => this.#forms.get(character) ?? character,
    );
  }
}
