import type { MarkupOptions, MarkupSyntax } from '#libs/text-layout';
import { invalid, type RequestValues, shown } from '../request-values.js';
import { choose, readFlag, textOf, unsupported } from './deepl-fields.js';

export type TagHandlingVersion = 'v1' | 'v2';

/** What a request says of the tags in its texts. */
export interface TagHandling {
  /** Undefined where the texts are plain. */
  readonly markup: MarkupOptions | undefined;
  /** Undefined where the caller names none: then the answer does not either. */
  readonly tagHandlingVersion: TagHandlingVersion | undefined;
}

const SYNTAXES: ReadonlyMap<string, MarkupSyntax> = new Map([
  ['html', 'html'],
  ['xml', 'xml'],
]);
/** Tags are read the same way for both. */
const VERSIONS: ReadonlyMap<string, TagHandlingVersion> = new Map([
  ['v1', 'v1'],
  ['v2', 'v2'],
]);

/** Throws `invalid-request`. Without `tag_handling` the other fields about tags change nothing. */
export function readTagHandling(values: RequestValues): TagHandling {
  const handling = textOf(values, 'tag_handling');
  if (handling === undefined) return { markup: undefined, tagHandlingVersion: undefined };
  const syntax = SYNTAXES.get(handling.toLowerCase());
  if (syntax === undefined)
    throw invalid(`Value for 'tag_handling' not supported: ${shown(handling)}.`);
  return {
    tagHandlingVersion: choose(values, 'tag_handling_version', VERSIONS),
    markup: {
      syntax,
      ignoredTags: readTags(values, 'ignore_tags', syntax),
      splittingTags: readTags(values, 'splitting_tags', syntax),
      nonSplittingTags: readTags(values, 'non_splitting_tags', syntax),
      detectsOutline: readFlag(values, 'outline_detection', true),
    },
  };
}

/** A list, or names between commas; names of HTML have no case. */
function readTags(values: RequestValues, field: string, syntax: MarkupSyntax): ReadonlySet<string> {
  const names = values.all(field).flatMap((names) => {
    if (typeof names !== 'string') throw unsupported(field);
    return names.split(',').map((name) => name.trim());
  });
  return new Set(
    names
      .filter((name) => name !== '')
      .map((name) => (syntax === 'html' ? name.toLowerCase() : name)),
  );
}
