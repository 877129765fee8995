import type { ComponentChildren, JSX } from 'preact';

/** Icons are for the eye alone: whatever they stand in has a name in words. */
function Icon({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export function TowerIcon(): JSX.Element {
  return (
    <svg class="icon tower" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <rect x="8.5" y="3" width="7" height="4.5" rx="1.4" />
      <rect x="5.5" y="9.75" width="13" height="4.5" rx="1.4" />
      <rect x="2.5" y="16.5" width="19" height="4.5" rx="1.4" />
    </svg>
  );
}

export function SwapIcon(): JSX.Element {
  return (
    <Icon>
      <path d="M4 8h15m-4-4 4 4-4 4M20 16H5m4-4-4 4 4 4" />
    </Icon>
  );
}

export function CopyIcon(): JSX.Element {
  return (
    <Icon>
      <rect x="9" y="9" width="11" height="11" rx="2" />
      <path d="M5 15H4V6a2 2 0 0 1 2-2h9v1" />
    </Icon>
  );
}

export function DoneIcon(): JSX.Element {
  return (
    <Icon>
      <path d="m5 13 4.5 4.5L19 7" />
    </Icon>
  );
}

export function ClearIcon(): JSX.Element {
  return (
    <Icon>
      <path d="m6 6 12 12M18 6 6 18" />
    </Icon>
  );
}

export function MoonIcon(): JSX.Element {
  return (
    <Icon>
      <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z" />
    </Icon>
  );
}

export function SunIcon(): JSX.Element {
  return (
    <Icon>
      <circle cx="12" cy="12" r="4" />
      <path d="M12 2.5v2m0 15v2m9.5-9.5h-2m-15 0h-2m16.2-6.7-1.4 1.4M6.7 17.3l-1.4 1.4m13.4 0-1.4-1.4M6.7 6.7 5.3 5.3" />
    </Icon>
  );
}
