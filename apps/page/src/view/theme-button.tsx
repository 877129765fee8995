import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { loadPreferences, savePreferences, type Theme } from '../preferences.js';
import { MoonIcon, SunIcon } from './icons.js';

/** The system's colours until the user wants others; those stay. */
export function ThemeButton(): JSX.Element {
  const [chosen, setChosen] = useState<Theme | undefined>(() => loadPreferences().theme);
  const systemTheme = useSystemTheme();
  const other: Theme = (chosen ?? systemTheme) === 'dark' ? 'light' : 'dark';
  useEffect(() => {
    if (chosen !== undefined) document.documentElement.dataset['theme'] = chosen;
  }, [chosen]);
  const choose = (): void => {
    setChosen(other);
    savePreferences({ theme: other });
  };
  const name = `Use ${other} colours`;
  return (
    <button type="button" class="icon-button" aria-label={name} title={name} onClick={choose}>
      {other === 'dark' ? <MoonIcon /> : <SunIcon />}
    </button>
  );
}

function useSystemTheme(): Theme {
  const [query] = useState(() => matchMedia('(prefers-color-scheme: dark)'));
  const [isDark, setDark] = useState(query.matches);
  useEffect(() => {
    const follow = (): void => {
      setDark(query.matches);
    };
    query.addEventListener('change', follow);
    return () => {
      query.removeEventListener('change', follow);
    };
  }, [query]);
  return isDark ? 'dark' : 'light';
}
