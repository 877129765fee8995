import { LaidOutPassage } from './laid-out-passage.js';
import type { LayoutOptions, TextPart, TranslatedPart } from './layout-options.js';
import type { MarkupOptions } from './markup-options.js';
import { ATOM, type Passage, PassageBuilder } from './passage.js';
import { hasProtectedText, protectText } from './protected-text.js';
import { readMarkup } from './read-markup.js';
import { joinSoftLines } from './soft-lines.js';

/**
 * What of a text goes to the model, and how the text is put together again: the one place that knows of
 * formats other than plain text.
 */
export interface TextLayout {
  /** Each is translated by itself, with all its sentences. */
  readonly parts: readonly TextPart[];
  /** The whole text from the translations of its parts, in their order. */
  join(translations: readonly TranslatedPart[]): string;
}

/**
 * A plain text with nothing in it that has to stay as it is comes as one part, and its translation is the
 * whole. Of everything else each sentence is a part.
 */
export function layOutText(text: string, options: LayoutOptions): TextLayout {
  const { markup, sourceLanguage, splitting } = options;
  if (markup !== undefined) return layOutParts(passagesOf(text, markup), options);
  const joined = splitting === 'sentences' ? joinSoftLines(text, sourceLanguage) : text;
  if (hasProtectedText(joined)) return layOutParts([protectText(plainPassage(joined))], options);
  const part = { text: joined, isOneSentence: splitting === 'none' };
  return { parts: [part], join: (translations) => translations[0]?.text ?? '' };
}

/** What is to be read of a text, for telling its language. */
export function readableText(text: string, markup: MarkupOptions | undefined): string {
  if (markup === undefined) return text;
  return passagesOf(text, markup)
    .map((part) => (typeof part === 'string' ? '\n' : part.text.replaceAll(ATOM, '')))
    .join('');
}

function passagesOf(text: string, markup: MarkupOptions): (string | Passage)[] {
  return readMarkup(text, markup).map((part) =>
    typeof part === 'string' ? part : protectText(part),
  );
}

function plainPassage(text: string): Passage {
  const passage = new PassageBuilder();
  passage.addText(text);
  return passage.build((translation) => translation);
}

function layOutParts(source: readonly (string | Passage)[], options: LayoutOptions): TextLayout {
  const laidOut = source.map((part) =>
    typeof part === 'string' ? part : new LaidOutPassage(part, options),
  );
  const passages = laidOut.filter((part) => typeof part !== 'string');
  return {
    parts: passages.flatMap(({ parts }) => parts),
    join(translations) {
      let done = 0;
      const written = laidOut.map((part) => {
        if (typeof part === 'string') return part;
        const start = done;
        done += part.parts.length;
        return part.render(translations.slice(start, done));
      });
      return written.join('');
    },
  };
}
