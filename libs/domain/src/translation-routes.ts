/** Where translations are asked for by POST, in the service's own words and in those of each dialect. */
export const TRANSLATION_ROUTES = {
  own: '/translation',
  libretranslate: '/translate',
  deepl: '/v2/translate',
  immersive: '/imme',
} as const;
