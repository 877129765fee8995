import type { Language } from './translation-client.js';

/** A language as a picker shows it. */
export interface LanguageChoice {
  readonly code: string;
  /** In the user's language, where the browser knows it there. */
  readonly label: string;
}

/** Languages of a tier, under the tier's heading; without one where no language has been rated. */
export interface ChoiceGroup {
  readonly heading: string | undefined;
  readonly choices: readonly LanguageChoice[];
}

/** How the tiers of `GET /languages` are put, best first. */
const TIER_HEADINGS: Readonly<Record<string, string>> = {
  good: 'Good quality',
  fair: 'Fair quality',
  weak: 'Weak quality',
  unusable: 'Hardly usable',
};
const UNRATED_HEADING = 'Quality not rated';

/** What a tier means for a translation into the language; undefined where there is nothing to say. */
export function tierNote(tier: string | undefined): string | undefined {
  return tier === undefined ? undefined : TIER_HEADINGS[tier];
}

/** A language's name for the user: the browser's word, else the server's. */
export function languageName(code: string, serverName: string, locales: readonly string[]): string {
  const [locale = 'en'] = locales;
  const name = browserName(code, locales) ?? serverName;
  const [first = '', ...others] = name;
  return first.toLocaleUpperCase(locale) + others.join('');
}

/** The languages by tier, each tier in the alphabetical order of the user's language. */
export function groupChoices(
  languages: readonly Language[],
  locales: readonly string[],
): ChoiceGroup[] {
  const collator = new Intl.Collator([...locales]);
  const sorted = languages
    .map(({ code, name, tier }) => ({ code, tier, label: languageName(code, name, locales) }))
    .toSorted((one, other) => collator.compare(one.label, other.label));
  const rated = Object.entries(TIER_HEADINGS).map(([tier, heading]) => ({
    heading,
    choices: sorted.filter((choice) => choice.tier === tier),
  }));
  const unrated = sorted.filter(({ tier }) => !(tier in TIER_HEADINGS));
  if (unrated.length === sorted.length) return [{ heading: undefined, choices: unrated }];
  return [...rated, { heading: UNRATED_HEADING, choices: unrated }].filter(
    ({ choices }) => choices.length > 0,
  );
}

/** Undefined where the browser has no word for it, or the code is none in its eyes. */
function browserName(code: string, locales: readonly string[]): string | undefined {
  try {
    const names = new Intl.DisplayNames([...locales], { type: 'language', fallback: 'none' });
    return names.of(code);
  } catch {
    return undefined;
  }
}
