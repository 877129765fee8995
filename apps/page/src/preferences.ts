import type { LanguagePair } from './live-translation.js';

export type Theme = 'light' | 'dark';

/** What the browser keeps of the user's choices. No text. */
export interface Preferences extends Partial<LanguagePair> {
  /** Undefined where the system decides. */
  readonly theme?: Theme;
}

const PLACE = 'babelserve';

/** What was chosen last; nothing where the browser keeps nothing. */
export function loadPreferences(): Preferences {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(PLACE) ?? '{}');
    return typeof stored === 'object' && stored !== null ? readPreferences({ ...stored }) : {};
  } catch {
    return {};
  }
}

/** Keeps choices beside those that were made before, where the browser lets us. */
export function savePreferences(changes: Preferences): void {
  try {
    localStorage.setItem(PLACE, JSON.stringify({ ...loadPreferences(), ...changes }));
  } catch {
    // Storage is full or forbidden: then the choice lasts as long as the page.
  }
}

/** Takes what is of the right kind; anything may have been written there. */
function readPreferences({ from, to, theme }: Readonly<Record<string, unknown>>): Preferences {
  return {
    ...(typeof from === 'string' ? { from } : {}),
    ...(typeof to === 'string' ? { to } : {}),
    ...(theme === 'light' || theme === 'dark' ? { theme } : {}),
  };
}
