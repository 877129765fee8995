import type { LanguagePair } from './live-translation.js';
import { AUTO, type Language } from './translation-client.js';

/**
 * The languages to begin with: what was chosen last, else from whatever the text is in into the user's own.
 *
 * @param languages what the server has, at least one
 */
export function initialPair(
  languages: readonly Language[],
  last: Partial<LanguagePair>,
  locales: readonly string[],
): LanguagePair {
  const codes = languages.map(({ code }) => code);
  const isThere = (code: string | undefined): code is string =>
    code !== undefined && codes.includes(code);
  const own = locales.map((locale) => locale.split('-', 1)[0]).find(isThere);
  const from = isThere(last.from) ? last.from : AUTO;
  const others = [last.to, own, 'en', ...codes].filter(isThere);
  const to = others.find((code) => code !== from) ?? others[0] ?? '';
  return { from, to };
}

/** The pair after another source was chosen. The target gives way where it would be the same language. */
export function withSource(
  pair: LanguagePair,
  from: string,
  languages: readonly Language[],
): LanguagePair {
  const targets = languages.find(({ code }) => code === from)?.targets;
  const others = [pair.to, pair.from, ...(targets ?? [])];
  const to = others.find(
    (code) => code !== from && code !== AUTO && targets?.includes(code) !== false,
  );
  return { from, to: to ?? pair.to };
}

/** The pair after another target was chosen. The source gives way where it would be the same language. */
export function withTarget(pair: LanguagePair, to: string): LanguagePair {
  return { from: pair.from === to ? pair.to : pair.from, to };
}
