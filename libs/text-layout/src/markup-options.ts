import type { MarkupSyntax } from './markup-scanner.js';

/** How the markup of a text is read. Names of elements are as in the syntax: lower-case in HTML. */
export interface MarkupOptions {
  readonly syntax: MarkupSyntax;
  /** Elements that stay as they are, with all that is in them. */
  readonly ignoredTags: ReadonlySet<string>;
  /** Elements that no sentence goes on over. */
  readonly splittingTags: ReadonlySet<string>;
  /** Elements within sentences, whatever else is known of them. */
  readonly nonSplittingTags: ReadonlySet<string>;
  /** Whether the elements of XML that hold no text beside others are taken for blocks. */
  readonly detectsOutline: boolean;
}

/** HTML as browsers read it. */
export const HTML: MarkupOptions = {
  syntax: 'html',
  ignoredTags: new Set(),
  splittingTags: new Set(),
  nonSplittingTags: new Set(),
  detectsOutline: true,
};
