import type { JSX } from 'preact';
import { TowerIcon } from './icons.js';
import { ThemeButton } from './theme-button.js';

export function Header(): JSX.Element {
  return (
    <header class="header">
      <p class="wordmark">
        <TowerIcon />
        babelserve
      </p>
      <nav class="header-links" aria-label="About this server">
        <a href="docs">API</a>
        <ThemeButton />
      </nav>
    </header>
  );
}
