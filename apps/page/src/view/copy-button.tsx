import type { JSX, RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { CopyIcon, DoneIcon } from './icons.js';

/** How long the button says what it has done. */
const SAID_FOR_MS = 2500;

/** Copies the translation. Where browsers forbid that (no HTTPS, not this machine), it is selected at least. */
export function CopyButton({
  text,
  shownIn,
}: {
  readonly text: string;
  readonly shownIn: RefObject<HTMLElement | null>;
}): JSX.Element {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (said === '') return undefined;
    const timer = setTimeout(setSaid, SAID_FOR_MS, '');
    return () => {
      clearTimeout(timer);
    };
  }, [said]);
  const copy = async (): Promise<void> => {
    const isCopied = await writeToClipboard(text);
    if (!isCopied) selectAll(shownIn.current);
    setSaid(isCopied ? 'Copied' : 'Selected: copy it with the keyboard');
  };
  return (
    <span class="copy">
      <span class="said" role="status">
        {said}
      </span>
      <button
        type="button"
        class="icon-button"
        aria-label="Copy the translation"
        title="Copy the translation"
        disabled={text === ''}
        onClick={() => void copy()}
      >
        {said === '' ? <CopyIcon /> : <DoneIcon />}
      </button>
    </span>
  );
}

async function writeToClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Undefined outside of secure contexts, or refused by the user.
    return false;
  }
}

function selectAll(element: HTMLElement | null): void {
  if (element !== null) getSelection()?.selectAllChildren(element);
}
