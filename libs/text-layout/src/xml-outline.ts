import type { MarkupOptions } from './markup-options.js';
import type { MarkupToken } from './markup-scanner.js';

interface OpenElement {
  readonly name: string;
  readonly isBlock: boolean;
  readonly holdsText: boolean;
}

/**
 * Indices of the tags in XML, of which nobody knows what they mean, that are borders of blocks. An element is
 * one where those around it hold elements alone and no text of their own. Linear.
 */
export function blockElementsOfXml(
  tokens: readonly MarkupToken[],
  source: string,
  { detectsOutline }: MarkupOptions,
): ReadonlySet<number> {
  const blocks = new Set<number>();
  if (!detectsOutline) return blocks;
  const withText = elementsWithText(tokens, source);
  const whole: OpenElement = { name: '', isBlock: true, holdsText: withText.has(-1) };
  const stack: OpenElement[] = [];
  tokens.forEach((token, index) => {
    const around = stack.at(-1) ?? whole;
    if (token.kind === 'open') {
      const isBlock = around.isBlock && !around.holdsText;
      if (isBlock) blocks.add(index);
      if (!token.isSelfClosing)
        stack.push({ name: token.name, isBlock, holdsText: withText.has(index) });
    } else if (token.kind === 'close' && token.name === around.name) {
      if (around.isBlock) blocks.add(index);
      stack.pop();
    }
  });
  return blocks;
}

/** Indices of the opening tags of elements that hold text themselves; −1 is the whole. */
function elementsWithText(tokens: readonly MarkupToken[], source: string): ReadonlySet<number> {
  const found = new Set<number>();
  const whole = { name: '', index: -1 };
  const stack: { name: string; index: number }[] = [];
  tokens.forEach((token, index) => {
    const around = stack.at(-1) ?? whole;
    if (token.kind === 'open' && !token.isSelfClosing) stack.push({ name: token.name, index });
    else if (token.kind === 'close' && token.name === around.name) stack.pop();
    else if (token.kind === 'text' && source.slice(token.start, token.end).trim() !== '')
      found.add(around.index);
  });
  return found;
}
