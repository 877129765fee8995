/** Elements that text flows around: a sentence never goes on over their borders. */
export const BLOCK_ELEMENTS: ReadonlySet<string> = new Set(
  (
    'address article aside blockquote body br caption center col colgroup dd details dialog dir div dl dt ' +
    'fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html ' +
    'iframe legend li link main menu meta nav noscript ol optgroup option p pre search section select ' +
    'summary table tbody td tfoot th thead title tr ul'
  ).split(' '),
);

/** Elements that have an opening tag and nothing else. */
export const VOID_ELEMENTS: ReadonlySet<string> = new Set(
  'area base br col embed hr img input link meta param source track wbr'.split(' '),
);

/** Elements of which nothing is for readers of a language, or nothing that a translation may touch. */
export const UNTRANSLATED_ELEMENTS: ReadonlySet<string> = new Set(
  (
    'audio canvas code embed iframe kbd math noembed noframes object plaintext pre samp script style svg ' +
    'template textarea tt var video xmp'
  ).split(' '),
);

/** Those among them that are read as a word of the sentence around: `code` in "Run npm test." */
export const WORDLIKE_ELEMENTS: ReadonlySet<string> = new Set(
  'code kbd math samp tt var'.split(' '),
);

/** Elements whose end tag may be missing: the next of these on the same level ends them. */
export const IMPLIED_ENDS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['p', BLOCK_ELEMENTS],
  ['li', new Set(['li'])],
  ['dt', new Set(['dt', 'dd'])],
  ['dd', new Set(['dt', 'dd'])],
  ['td', new Set(['td', 'th', 'tr'])],
  ['th', new Set(['td', 'th', 'tr'])],
  ['tr', new Set(['tr'])],
  ['option', new Set(['option', 'optgroup'])],
]);
